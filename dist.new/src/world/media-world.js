// Worlds of one medium each (films, sounds, clouds, documents): items drawn from a seed with exact truth, in conversations and benchmarks.
import { SensoriumError } from '../util/errors.js';
import { sceneRng } from './scene.js';
const wrong = (place, expected, got) => new SensoriumError('world.option', 'an option of a world is wrong', { place, expected, got: String(got) });
/** A source of a world. Errors: `world.option`, naming the option. */
export function mediaSource(world, options = {}) {
    const o = resolve(world, options);
    const { seed, split, items, offset } = o;
    return {
        world: world,
        length: items,
        description: { source: 'world', kind: world.name, options: { ...options } },
        get(index) {
            if (!Number.isInteger(index) || index < 0 || index >= items)
                throw new SensoriumError('world.index', 'sample index out of range', { expected: `0..${items - 1}`, got: String(index) });
            const rng = sceneRng(seed, split, index + offset, world.name);
            const language = o.language === 'mixed' ? (rng.bool(o.chinese) ? 'zh' : 'en') : o.language;
            const item = world.make(rng, { split, dials: o.dials, language });
            const turns = dialogueOf(world, item, { ...o, language, rng });
            return { item, language, turns, key: `${world.name} ${JSON.stringify([seed, split, index + offset, language, o.dials])}` };
        },
    };
}
/** What recipes call for a source of a world: `videos({ items: 20_000, frames: 8 })`; the world itself is its `world`. */
export function defineMediaWorld(world) {
    return Object.assign((options) => mediaSource(world, options), { world });
}
function resolve(row, options) {
    const { items = 10_000, offset = 0, seed = 0, split = 'train', language = 'en', chinese = 0.3 } = options;
    const { turns = 4, captions = 0.2, kinds = row.kinds } = options;
    for (const [place, value] of Object.entries({ items, offset, turns }))
        if (!Number.isInteger(value) || value < 0)
            throw wrong(`${row.name}: ${place}`, 'a whole number from 0', value);
    if (!Number.isInteger(seed))
        throw wrong(`${row.name}: seed`, 'a whole number', seed);
    for (const [place, value] of Object.entries({ captions, chinese }))
        if (!(value >= 0 && value <= 1))
            throw wrong(`${row.name}: ${place}`, 'a number from 0 to 1', value);
    if (!row.splits.includes(split))
        throw wrong(`${row.name}: split`, row.splits.join(', '), split);
    if (!['en', 'zh', 'mixed'].includes(language))
        throw wrong(`${row.name}: language`, 'en, zh or mixed', language);
    const unknown = kinds.find((kind) => !row.kinds.includes(kind));
    if (unknown !== undefined || kinds.length === 0)
        throw wrong(`${row.name}: kinds`, row.kinds.join(', '), unknown ?? 'none');
    const dials = Object.fromEntries(Object.entries(row.dials).map(([name, dial]) => {
        const value = options[name] ?? dial.default;
        if (typeof value !== 'number' || !(value >= dial.from && value <= dial.to) || (dial.whole && !Number.isInteger(value)))
            throw wrong(`${row.name}: ${name}`, `a ${dial.whole ? 'whole ' : ''}number from ${dial.from} to ${dial.to}`, value);
        return [name, value];
    }));
    return { items, offset, seed, split, language, chinese, turns, captions, kinds, dials };
}
/** Questions of mixed kinds, none twice, behind a description or alone. */
function dialogueOf(row, item, how) {
    const { language, rng, kinds, turns, captions } = how;
    const out = [];
    const add = (question, answer) => {
        out.push({ role: 'user', content: question }, { role: 'assistant', content: answer });
    };
    if (turns === 0 || rng.bool(captions))
        add(rng.pick(row.requests[language]), row.caption(item, how));
    const asked = new Set();
    const most = out.length / 2 + turns;
    for (let round = 0; out.length / 2 < most && round < 4; round++)
        for (const kind of rng.shuffle([...kinds])) {
            if (out.length / 2 >= most)
                break;
            const found = row.ask(item, kind, how);
            if (!found || asked.has(found.question))
                continue;
            asked.add(found.question);
            add(found.question, found.answer);
        }
    if (out.length === 0)
        add(rng.pick(row.requests[language]), row.caption(item, how));
    return out;
}
/** The `i`-th of several wordings by language, with names put in place of X, Y and Z. */
export function worded(forms, { language, rng }, names = []) {
    return names.reduce((text, name, i) => text.replaceAll('XYZ'[i], name), rng.pick(forms[language]));
}
//# sourceMappingURL=media-world.js.map