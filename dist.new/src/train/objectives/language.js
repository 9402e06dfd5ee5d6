// Next-token prediction over packed documents: how a language model is pretrained.
import { crossEntropy, input, weightedMean } from '../../graph/index.js';
import { packBatch } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
/** Packed documents of several segments; the loss covers what the samples' masks cover. */
export function languageObjective(o) {
    const { network, rows, length, embedding, tokenLoss = crossEntropy } = o;
    const graph = () => {
        const at = (name) => input(name, [rows, length], 'int32');
        const tokens = embedding ? embedding.embed(at('ids')) : network.embed(at('ids'));
        const hidden = network.sequence(tokens, { positions: at('positions'), segments: at('segments') });
        const each = tokenLoss(network.logits(hidden), at('targets'));
        return { loss: weightedMean(each, input('weights', [rows, length])) };
    };
    const batch = async (index) => {
        const taken = Array.from({ length: o.perBatch }, (_, i) => index * o.perBatch + i);
        const samples = taken.map((at) => o.document(at));
        const long = samples.findIndex((s) => s.ids.length > length);
        if (long >= 0)
            throw new SensoriumError('text.length', 'a document is longer than a row', {
                place: `row ${taken[long]}`,
                expected: `at most ${length} tokens`,
                got: String(samples[long]?.ids.length),
                hint: 'Encode it with maxLength, or in chunks',
            });
        const b = packBatch(samples, { rows, length, pad: o.pad });
        const withoutLoss = taken.filter((_, i) => samples[i]?.lossTokens === 0);
        const feeds = { ids: b.inputIds, targets: b.targets, weights: b.weights, positions: b.positionIds, segments: b.segmentIds };
        Object.assign(feeds, embedding?.feeds(b, samples));
        const counts = { tokens: b.lossTokens, items: b.placements.length, weight: b.lossTokens, rows: taken, withoutLoss };
        return { bucket: `${rows}x${length}`, feeds, ...counts };
    };
    return {
        name: 'language',
        trained: [...network.parameters(), ...(embedding?.parameters ?? [])],
        frozen: new Map(),
        graph,
        batch,
        describe: o.describe,
    };
}
//# sourceMappingURL=language.js.map