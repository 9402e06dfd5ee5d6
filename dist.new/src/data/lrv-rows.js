// LRV-Instruction over a data set of one's own: what its rows say is in their images, by boxes or by captions.
import { dirname, sep } from 'node:path';
import { throwIfAborted } from '../util/errors.js';
import { Rng } from '../util/rng.js';
import { mediaOf } from './dataset.js';
import { lrvTurns, } from './lrv.js';
import { ALL_KINDS, kindOfThing } from './lrv-kinds.js';
/** `dog [12, 30, 80, 99]`, a line each: how replies of boxes are written. */
const LINE = /^(.+?) \[\s*(-?[\d.]+),\s*(-?[\d.]+),\s*(-?[\d.]+),\s*(-?[\d.]+)\s*\]$/;
const isBox = (box) => Array.isArray(box) && box.length === 4 && box.every((n) => Number.isFinite(n));
/** What a row says is in its image: entries of `objects` or lines of boxes in a reply, else what `mentions` finds in its replies. */
export function markedThings(row, { mentions } = {}) {
    const { objects } = (row.extra ?? {});
    if (Array.isArray(objects)) {
        const found = objects.flatMap((entry) => {
            const { label, name, box, bbox } = (entry ?? {});
            const called = label ?? name;
            const at = box ?? bbox;
            return typeof called === 'string' && called.trim() !== '' ? [{ label: called.trim(), ...(isBox(at) ? { box: at } : {}) }] : [];
        });
        if (found.length > 0)
            return found;
    }
    const replies = row.messages.flatMap(({ role, content }) => (role === 'assistant' && typeof content === 'string' ? [content] : []));
    const lines = replies
        .flatMap((text) => text.split('\n'))
        .flatMap((line) => {
        const match = LINE.exec(line.trim());
        return match ? [{ label: match[1], box: match.slice(2, 6).map(Number) }] : [];
    });
    if (lines.length > 0)
        return lines;
    return [...new Set(replies.flatMap((text) => mentions?.(text) ?? []))].map((label) => ({ label }));
}
/** Which way `a` clearly lies from `b`: past its edge, and more along that axis than across. */
export function sideOf(a, b) {
    const [ax, ay, bx, by] = [middle(a, 0), middle(a, 1), middle(b, 0), middle(b, 1)];
    const [dx, dy] = [Math.abs(ax - bx), Math.abs(ay - by)];
    const past = (axis) => a[axis + 2] <= b[axis] || b[axis + 2] <= a[axis];
    if (dx >= 1.25 * dy && past(0))
        return ax < bx ? 'left' : 'right';
    if (dy >= 1.25 * dx && past(1))
        return ay < by ? 'above' : 'below';
    return undefined;
}
const middle = (box, axis) => (box[axis] + box[axis + 2]) / 2;
/** How often labels occur in images, and together. */
class Together {
    images = new Map();
    pairs = new Map();
    add(labels) {
        for (const one of labels) {
            this.images.set(one, (this.images.get(one) ?? 0) + 1);
            const beside = this.pairs.get(one) ?? new Map();
            this.pairs.set(one, beside);
            for (const other of labels)
                if (other !== one)
                    beside.set(other, (beside.get(other) ?? 0) + 1);
        }
    }
    /** Labels that are not among `present`, those that most often stand beside them most often. */
    absent(present) {
        return [...this.images.keys()].flatMap((label) => {
            if (present.has(label))
                return [];
            let weight = 0.3;
            for (const one of present)
                weight += this.pairs.get(one)?.get(label) ?? 0;
            return [{ label, weight }];
        });
    }
}
/**
 * Instructions about the images of a data set, a row for each image of which anything is known. Two passes: what stands beside what is counted
 * over all rows first. The same options give the same rows. Captions say what is there and not what else is, so what none of an image's
 * captions names may be there all the same.
 */
export async function* lrvRows(data, options) {
    const { language = 'en', chinese = 0.3, seed = 0, turns, negatives, signal } = options;
    const images = new Map();
    for (let i = 0; i < data.length; i++) {
        throwIfAborted(signal);
        const row = await data.get(i);
        const media = mediaOf(row);
        const [image] = media;
        if (media.length !== 1 || image?.type !== 'image')
            continue;
        const key = typeof image.source === 'string' ? image.source : `row ${i}`;
        const before = images.get(key);
        const marked = markedThings(row, options);
        if (before)
            before.marked.push(...marked);
        else
            images.set(key, { id: row.id, image: image.source, marked });
    }
    const together = new Together();
    const labels = (marked) => [...new Set(marked.map(({ label }) => label))];
    for (const { marked } of images.values())
        together.add(labels(marked));
    const files = commonFolder([...images.values()].flatMap(({ image }) => (typeof image === 'string' ? [image] : [])));
    const root = new Rng(seed).fork('lrv');
    for (const { id, image, marked } of images.values()) {
        throwIfAborted(signal);
        if (marked.length === 0)
            continue;
        const rng = root.fork(id);
        const own = language === 'mixed' ? (rng.bool(chinese) ? 'zh' : 'en') : language;
        const facts = markedFacts(marked, { absent: together.absent(new Set(labels(marked))), nameOf: options.nameOf });
        const made = lrvTurns(facts, { language: own, rng, turns, negatives });
        if (made.length > 0)
            yield { id, image, ...(typeof image === 'string' ? { root: files } : {}), turns: made };
    }
}
/** The deepest folder that holds all files. */
function commonFolder(files) {
    const [first = [], ...others] = files.map((file) => dirname(file).split(sep));
    const shared = others.reduce((n, parts) => {
        let k = 0;
        while (k < n && parts[k] === first[k])
            k++;
        return k;
    }, first.length);
    return first.slice(0, shared).join(sep) || sep;
}
/** The facts of an image with marked things. Numbers and sides are those of boxes; without boxes a thing is one thing. */
function markedFacts(marked, { absent, nameOf }) {
    const groups = new Map();
    for (const { label, box } of marked) {
        const group = groups.get(label) ?? { thing: { name: nameOf(label), count: 0 }, boxes: [] };
        groups.set(label, group);
        if (box)
            group.boxes.push(box);
        group.thing = { ...group.thing, count: Math.max(1, group.boxes.length), uncounted: group.boxes.length === 0 };
    }
    const all = [...groups.values()];
    const relations = all.flatMap((a) => all.flatMap((b) => {
        if (a === b || a.boxes.length !== 1 || b.boxes.length !== 1)
            return [];
        const relation = sideOf(a.boxes[0], b.boxes[0]);
        return relation ? [{ a: a.thing, b: b.thing, relation }] : [];
    }));
    const knowledge = all.flatMap(({ thing }) => {
        const truth = kindOfThing(thing.name.en);
        return truth ? [{ about: 'kind', thing, truth, others: ALL_KINDS }] : [];
    });
    return {
        things: all.map(({ thing }) => thing),
        absent: absent.map(({ label, weight }) => ({ name: nameOf(label), weight })),
        colors: [],
        relations,
        knowledge,
    };
}
//# sourceMappingURL=lrv-rows.js.map