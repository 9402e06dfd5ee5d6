// Mixtures: several data sets as one, in shares by weight, size, its square root or one after the other. Sample k is a function of seed and k.
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { Rng } from '../util/rng.js';
import { show } from '../util/show.js';
import { mediaOf } from './dataset.js';
/** How large the share of each part is. */
export const MIXTURE_KINDS = ['weighted', 'size', 'sqrt', 'sequential'];
/** More samples than this are not planned. */
const MOST = 100_000_000;
/**
 * A mixture as data of a stage: the parts are opened with it. Every part has its exact share (largest remainders) in an order drawn from the
 * seed, and each of its rows comes as often as the others, give or take one. Errors: `data.mixture` for no parts, an empty one, shares that
 * cannot be, and those of the parts.
 * @example stage.instruct({ data: mixture({ parts: [{ data: conversations('a.jsonl') }, { data: conversations('b.jsonl') }], how: 'sqrt' }) })
 */
export function mixture(options) {
    checkOptions(options);
    return { path: `mixture of ${options.parts.map(nameOf).join(', ')}`, open: (signal) => openMixture(options, signal) };
}
const nameOf = ({ name, data }, i) => name ?? data.path ?? `part ${i}`;
const mixtureError = (summary, details) => new SensoriumError('data.mixture', summary, details);
function checkOptions({ parts, how = 'size', cap, textShare, length }) {
    const fail = (place, expected, got) => {
        throw mixtureError('an option of a mixture is out of range', { place, expected, got: show(got) });
    };
    if (parts.length === 0 || parts.length > 65_535)
        fail('parts', '1 to 65,535 data sets', parts.length);
    if (!MIXTURE_KINDS.includes(how))
        fail('how', MIXTURE_KINDS.join(', '), how);
    if (cap !== undefined && !(Number.isSafeInteger(cap) && cap > 0))
        fail('cap', 'a positive whole number', cap);
    if (length !== undefined && !(Number.isSafeInteger(length) && length > 0 && length <= MOST))
        fail('length', `1 to ${MOST}`, length);
    if (textShare !== undefined && !(textShare >= 0 && textShare <= 1))
        fail('textShare', 'a share from 0 to 1', textShare);
    if (how === 'sequential' && textShare !== undefined)
        fail('textShare', 'nothing: parts one after the other have no shares', textShare);
    for (const [i, part] of parts.entries()) {
        const { weight } = part;
        if (weight === undefined)
            continue;
        if (how !== 'weighted')
            fail(`weight of ${nameOf(part, i)}`, 'none, unless how is weighted', weight);
        if (!(weight > 0 && Number.isFinite(weight)))
            fail(`weight of ${nameOf(part, i)}`, 'a number above 0', weight);
    }
}
async function openMixture(options, signal) {
    const opened = [];
    const own = [];
    try {
        for (const [i, part] of options.parts.entries()) {
            const { data } = part;
            const set = 'open' in data ? await data.open(signal) : data;
            if ('open' in data)
                own.push(set);
            opened.push(set);
            if (set.length === 0)
                throw mixtureError('a part of the mixture is empty', {
                    place: nameOf(part, i),
                    expected: 'at least one row',
                    got: 'none',
                    hint: 'Leave the part out, or look at why its rows were left out: `sensorium data inspect`',
                });
        }
        const strata = await strataOf(opened, options, signal);
        return new Mixture(opened, options, planMixture(strata, options), () => {
            for (const set of own)
                set.dispose?.();
        });
    }
    catch (error) {
        for (const set of own)
            set.dispose?.();
        throw error;
    }
}
/** The parts as strata: one each, or two where a share without pictures is asked for. */
async function strataOf(sets, { parts, textShare }, signal) {
    const text = [];
    const media = [];
    for (const [part, set] of sets.entries()) {
        const all = Uint32Array.from({ length: set.length }, (_, i) => i);
        const known = parts[part]?.media;
        if (textShare === undefined || known !== undefined) {
            (known === false ? text : media).push({ part, rows: all });
            continue;
        }
        const pictured = new Uint8Array(set.length);
        for (const i of all) {
            throwIfAborted(signal);
            pictured[i] = mediaOf(await set.get(i)).length > 0 ? 1 : 0;
        }
        const kept = [all.filter((i) => !pictured[i]), all.filter((i) => pictured[i])];
        for (const [list, rows] of [[text, kept[0]], [media, kept[1]]])
            if (rows.length > 0)
                list.push({ part, rows });
    }
    return { text, media };
}
/** Whole numbers that add up to `total`, as near to the shares as can be (largest remainders; the first of equal ones). */
export function apportion(shares, total) {
    const sum = shares.reduce((a, b) => a + b, 0);
    const exact = shares.map((share) => (total * share) / sum);
    const counts = exact.map(Math.floor);
    const left = total - counts.reduce((a, b) => a + b, 0);
    const order = exact.map((x, i) => ({ i, rest: x - counts[i] })).sort((a, b) => b.rest - a.rest || a.i - b.i);
    for (const { i } of order.slice(0, left))
        counts[i] = counts[i] + 1;
    return counts;
}
/** The order of a mixture: a function of the sizes of the strata and of the options alone. Errors: `data.mixture`. */
export function planMixture(strata, options) {
    const { how = 'size', cap = Number.POSITIVE_INFINITY, textShare, seed = 0, parts } = options;
    const counted = ({ rows }) => Math.min(rows.length, cap);
    const all = [...strata.text, ...strata.media].sort((a, b) => a.part - b.part);
    const length = options.length ?? all.reduce((n, stratum) => n + counted(stratum), 0);
    if (length > MOST)
        throw mixtureError('the mixture is too long', { place: 'length', expected: `at most ${MOST}`, got: String(length) });
    const share = (stratum) => how === 'weighted' ? (parts[stratum.part]?.weight ?? 1) : how === 'sqrt' ? Math.sqrt(counted(stratum)) : counted(stratum);
    const groups = textShare === undefined ? [[all, length]] : sharedOut(strata, length, textShare);
    const drawn = how === 'sequential'
        ? inTurn(all, counted, length)
        : groups.flatMap(([list, total]) => {
            const counts = total === 0 ? [] : apportion(list.map(share), total);
            return list.flatMap((stratum, i) => (counts[i] ? [{ stratum, count: counts[i] }] : []));
        });
    const root = new Rng(seed).fork('mixture');
    const order = Uint32Array.from({ length }, (_, i) => i);
    if (how !== 'sequential')
        shuffle(order, root.fork('order'));
    const plan = { part: new Uint16Array(length), row: new Uint32Array(length) };
    let at = 0;
    for (const [n, { stratum, count }] of drawn.entries()) {
        const { part, rows } = stratum;
        const passes = root.fork('rows', n);
        const pass = rows.slice();
        for (let k = 0; k < count; k++) {
            if (k % rows.length === 0)
                shuffle(pass, passes);
            const place = order[at++];
            plan.part[place] = part;
            plan.row[place] = pass[k % rows.length];
        }
    }
    return plan;
}
/** Samples with and without pictures. */
function sharedOut({ text, media }, length, textShare) {
    const [without, having] = apportion([textShare, 1 - textShare], length);
    const groups = [
        ['without', text, without],
        ['with', media, having],
    ];
    for (const [word, list, total] of groups)
        if (total > 0 && list.length === 0)
            throw mixtureError('the share of samples without pictures cannot be had', {
                place: 'textShare',
                expected: `rows ${word} pictures in at least one part`,
                got: 'none',
            });
    return groups.map(([, list, total]) => [list, total]);
}
/** Parts one after the other, each once through, again from the first where more samples are asked for. */
function inTurn(all, counted, length) {
    const out = [];
    for (let left = length, i = 0; left > 0; i++) {
        const stratum = all[i % all.length];
        const count = Math.min(left, counted(stratum));
        out.push({ stratum, count });
        left -= count;
    }
    return out;
}
function shuffle(order, rng) {
    for (let i = order.length - 1; i > 0; i--) {
        const j = rng.int(i + 1);
        [order[i], order[j]] = [order[j], order[i]];
    }
}
class Mixture {
    sets;
    plan;
    dispose;
    format = 'mixture';
    length;
    rows;
    bad;
    describe;
    constructor(sets, options, plan, dispose) {
        this.sets = sets;
        this.plan = plan;
        this.dispose = dispose;
        const { how = 'size', cap, textShare, seed = 0, parts } = options;
        this.length = plan.row.length;
        this.rows = this.length;
        this.bad = sets.flatMap((set) => set.bad ?? []);
        this.describe = {
            mixture: parts.map(({ weight }, i) => ({ ...(weight === undefined ? {} : { weight }), data: sets[i]?.describe })),
            ...{ how, seed, length: this.length },
            ...(cap === undefined ? {} : { cap }),
            ...(textShare === undefined ? {} : { textShare }),
        };
    }
    async get(index) {
        const [set, row] = this.find(index);
        return set.get(row);
    }
    at(index) {
        const [set, row] = this.find(index);
        return set.at?.(row) ?? { file: this.format, row };
    }
    row(row) {
        return this.get(row);
    }
    place(row) {
        return this.at(row);
    }
    find(index) {
        if (!Number.isInteger(index) || index < 0 || index >= this.length)
            throw new SensoriumError('data.index', 'no such sample', { expected: `0 to ${this.length - 1}`, got: String(index) });
        return [this.sets[this.plan.part[index]], this.plan.row[index]];
    }
}
//# sourceMappingURL=mixture.js.map