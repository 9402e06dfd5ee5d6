// Objectives over sequences: a loss on one side, samples on the other, and the loop's batches between them.
import { input, inputsOf } from '../graph/index.js';
import { lossTokens } from '../model/index.js';
import { withDropout } from '../nn/index.js';
import { hostTensor } from '../util/host.js';
import { rowOrder } from './order.js';
import { SequenceGraph } from './sequence-graph.js';
/** The objective of a stage over sequences. */
export function sequenceObjective(o) {
    const { state, loss, trained, name = loss.name } = o;
    const sequences = new SequenceGraph({ ...o, values: state.values, trained: new Set(trained) });
    const rowsOf = rowOrder(o);
    const placed = new WeakMap();
    /** Graphs by bucket, with the names of what they are fed. */
    const graphs = new Map();
    const lossOf = (bucket) => loss.loss(sequences.trace(bucket), (...args) => input(...args));
    const graph = (bucket) => {
        const known = graphs.get(bucket);
        if (known)
            return known;
        const { loss: value, metrics = {}, carried = {}, } = o.measured ? lossOf(bucket) : withDropout(input('dropout_seed', [], 'int64'), () => lossOf(bucket));
        const inputs = new Set(inputsOf([value, ...Object.values(metrics), ...Object.values(carried)]).map((x) => x.name));
        const traced = { loss: value, metrics, carried, inputs };
        graphs.set(bucket, traced);
        return traced;
    };
    /** The feeds that the graph of a bucket reads. */
    const wanted = (bucket, feeds) => {
        const { inputs } = graph(bucket);
        return Object.fromEntries(Object.entries(feeds).filter(([key]) => inputs.has(key)));
    };
    const batchPart = async (index, { part, parts }) => {
        const taken = rowsOf(index).filter((_, i) => i % parts === part);
        const samples = [];
        for (const at of taken)
            samples.push({ row: o.rowOf?.(at) ?? at, ...(await o.sample(at)) });
        const learned = samples.filter((s) => s.sequences.some((q) => lossTokens(q) > 0));
        const longest = (s) => Math.max(...s.sequences.map((q) => q.ids.length));
        const ordered = [...learned].sort((a, b) => longest(b) - longest(a));
        const all = ordered.flatMap((s) => s.sequences);
        const about = {
            tokens: all.reduce((n, q) => n + q.ids.length, 0),
            items: taken.length,
            rows: samples.map((s) => s.row),
            withoutLoss: samples.flatMap((s) => (learned.includes(s) ? [] : [s.row])),
            unended: samples.flatMap((s) => (s.unended ? [s.row] : [])),
            shortened: samples.flatMap((s) => (s.dropped ? [{ row: s.row, turns: s.dropped }] : [])),
        };
        if (all.length === 0)
            return { bucket: 'empty', feeds: {}, weight: 0, ...about };
        const { bucket, feeds, packed, placed: shown } = await sequences.batch(all);
        const more = await loss.prepare?.(all);
        const weight = loss.over === 'tokens' ? packed.weight : ordered.length;
        const dropout_seed = hostTensor('int64', [], [index * parts + part]); // every part drops others
        const made = { bucket, feeds: wanted(bucket, { ...feeds, ...more, dropout_seed }), weight, ...about };
        placed.set(made, shown);
        return made;
    };
    const blind = async (b) => {
        const other = await sequences.media?.exchanged(placed.get(b) ?? []);
        return other && { ...b, feeds: { ...b.feeds, ...other.feeds } };
    };
    return {
        name,
        trained,
        frozen: state.frozen(trained),
        graph,
        batch: (index) => batchPart(index, { part: 0, parts: 1 }),
        ...(loss.whole ? {} : { batchPart }),
        blind: sequences.media && blind,
        describe: { ...o.describe, ...loss.describe },
        ...(loss.carried ? { carried: loss.carried } : {}),
        dispose: () => {
            void sequences.dispose();
            void loss.dispose?.();
        },
    };
}
//# sourceMappingURL=sequence-objective.js.map