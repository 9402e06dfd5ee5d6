// The language graphs of transformers.js: a model whole, or its embedding and its decoder apart. Names of inputs and outputs are its own.
import { input } from '../../graph/index.js';
import { QwenVlDecoder, sectionedRotation } from '../../networks/index.js';
import { growingCache } from '../../networks/language/growing-cache.js';
const IDS = ['batch_size', 'sequence_length'];
/** input_ids, attention_mask, position_ids and past_key_values.* -> logits [batch, n, vocab] and present.*. */
export function textGraph(language) {
    return decode(language, language.embed(input('input_ids', IDS, 'int64')));
}
/** The same from inputs_embeds [batch, n, width]; position_ids are [3, batch, n] for the Qwen-VLs. */
export function decoderGraph(language) {
    return decode(language, input('inputs_embeds', [...IDS, language.width]));
}
/** input_ids -> inputs_embeds. */
export function embeddingGraph(language) {
    return { inputs_embeds: language.embed(input('input_ids', IDS, 'int64')) };
}
function decode(language, x) {
    const { config } = language;
    const rotation = language instanceof QwenVlDecoder
        ? sectionedRotation(config, input('position_ids', [language.positionKinds, ...IDS], 'int64'), language.config.mrope_section)
        : undefined;
    const strategy = growingCache(config, rotation);
    const logits = language.logits(language.hidden(x, strategy));
    return { logits, ...strategy.outputs };
}
//# sourceMappingURL=onnx-graphs.js.map