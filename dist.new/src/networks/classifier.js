// Reward models of decoders in the form of transformers' classes for sequence classification with one label: `LlamaForSequenceClassification`.
import { SensoriumError } from '../util/errors.js';
/** The class of a decoder with a score in place of its head, by the class with its head; undefined for models that have no such class. */
export function classifierOf({ kind, architectures }) {
    const [name = ''] = architectures;
    return kind === 'causal' && name.endsWith('ForCausalLM') ? name.replace(/ForCausalLM$/, 'ForSequenceClassification') : undefined;
}
/** Whether a config.json is of such a class. */
export function isClassifier({ architectures }) {
    return (Array.isArray(architectures) && architectures.some((name) => typeof name === 'string' && name.endsWith('ForSequenceClassification')));
}
/** Throws `model.config` for a class with several labels, which is no reward model. */
export function assertOneLabel(raw, place) {
    const { num_labels: count, id2label: labels } = raw;
    const labelCount = typeof count === 'number' ? count : typeof labels === 'object' && labels !== null ? Object.keys(labels).length : 2;
    if (labelCount === 1)
        return;
    throw new SensoriumError('model.config', 'a model that sorts texts into classes is not a reward model', {
        place: `${place}: num_labels`,
        expected: '1: one score',
        got: `${labelCount} labels`,
    });
}
/** A config.json with the class and the one label that transformers reads a reward model by. */
export function classifierConfig(raw, architecture) {
    return { ...raw, architectures: [architecture], num_labels: 1, id2label: { 0: 'reward' }, label2id: { reward: 0 } };
}
/** Names of a file in which the reward head, the `at`-th adapter at the end of the decoder, is `score`. */
export function classifierNames(names, at) {
    const ours = `model.adapters.${at}.score.weight`;
    return {
        toFile: (name) => (name === ours ? 'score.weight' : names.toFile(name)),
        toOurs: (name) => (name === 'score.weight' ? ours : names.toOurs(name)),
    };
}
//# sourceMappingURL=classifier.js.map