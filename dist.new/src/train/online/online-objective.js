// Objectives that learn from what the policy does now: completions are collected when their turn comes, kept while they are learned from, and packed.
import { input, inputsOf } from '../../graph/index.js';
import { SequenceGraph } from '../sequence-graph.js';
import { atPlaces } from '../token-values.js';
/** The objective of a stage that learns online. */
export function onlineObjective(o) {
    const { name, state, trained, accumulate, iterations = 1 } = o;
    const sequences = new SequenceGraph({ ...o, values: state.values, trained: new Set(trained) });
    const graphs = new Map();
    let kept = { round: -1, collected: [] };
    const graph = (bucket) => {
        const known = graphs.get(bucket);
        if (known)
            return known;
        // Without dropout: what is learned from is the policy that drew.
        const traced = o.loss(sequences.trace(bucket), (...args) => input(...args));
        const inputs = new Set(inputsOf([traced.loss, ...Object.values(traced.metrics ?? {})]).map((x) => x.name));
        graphs.set(bucket, { ...traced, inputs });
        return { ...traced, inputs };
    };
    /** What the batch at `index` learns from: collected now, or in the first step of its round. */
    const collectedFor = async (index, signal) => {
        const [step, i] = [Math.floor(index / accumulate), index % accumulate];
        const round = Math.floor(step / iterations);
        if (kept.round !== round)
            kept = { round, collected: [] };
        const known = kept.collected.find(([at]) => at === i);
        if (known)
            return known[1];
        const collected = await o.collect(round * accumulate + i, signal);
        kept.collected.push([i, collected]);
        return collected;
    };
    const batch = async (index, signal) => {
        const made = await o.assemble(await collectedFor(index, signal), Math.floor(index / accumulate) % iterations);
        if (!made)
            return { bucket: 'empty', feeds: {}, weight: 0, tokens: 0, items: 0 };
        const { bucket, feeds, packed } = await sequences.batch(made.sequences);
        const values = Object.fromEntries(Object.entries(made.values).map(([key, list]) => [key, atPlaces(packed, list)]));
        const { inputs } = graph(bucket);
        const all = { ...feeds, ...values };
        return {
            bucket,
            feeds: Object.fromEntries(Object.entries(all).filter(([key]) => inputs.has(key))),
            weight: made.weight,
            tokens: made.sequences.reduce((n, { ids }) => n + ids.length, 0),
            items: made.sequences.length,
            rows: made.rows,
            metrics: made.metrics,
            ...(made.fault === undefined ? {} : { fault: made.fault }),
        };
    };
    return {
        name,
        trained,
        frozen: state.frozen(trained),
        graph,
        batch,
        online: { given: (index) => o.given(Math.floor(index / accumulate / iterations) * accumulate + (index % accumulate)) },
        ...(iterations > 1
            ? {
                memory: {
                    save: () => kept,
                    restore: (saved) => {
                        kept = saved;
                    },
                },
            }
            : {}),
        ...(o.limits ? { limits: o.limits } : {}),
        ...(o.measureHeld ? { measureHeld: o.measureHeld } : {}),
        describe: { ...o.describe, iterations },
        dispose: () => {
            void sequences.dispose();
            void o.dispose?.();
        },
    };
}
//# sourceMappingURL=online-objective.js.map