// Export to the layout of transformers.js: config, tokenizer and processor files, and the graphs under onnx/, in one or several precisions.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MultimodalNetwork, T5 } from '../../networks/index.js';
import { GROWN } from '../../networks/language/growing-cache.js';
import { writeAtomic } from '../../util/fs.js';
import { FILES } from '../folder.js';
import { lazyModel, writeOnnx } from './onnx-file.js';
import { decoderGraph, embeddingGraph, textGraph } from './onnx-graphs.js';
import { quantizeModel } from './onnx-quantize.js';
import { ALL_SOURCE, t5Decoder, t5Encoder, withEncoderStates } from './onnx-t5.js';
import { writeExport } from './output.js';
import { chatTemplatesOf, copyFiles, holds, languageOf, openExport, optionalJson } from './source.js';
import { imageSide } from './transformers-js-images.js';
/** What they add to the name of a file. */
const SUFFIX = { fp32: '', q8: '_quantized', int8: '_int8', q4: '_q4' };
/** Language models that transformers.js knows, by `model_type`. */
const LANGUAGES = ['llama', 'mistral', 'qwen2', 'qwen3', 'qwen2_vl_text', 'qwen2_5_vl_text'];
/**
 * Writes a model folder for transformers.js into a new folder: `onnx/model.onnx` for a language model; `vision_encoder`, `embed_tokens` and
 * `decoder_model_merged` for one that sees (`imageSide` has the families); `encoder_model` and `decoder_model_merged` for a T5. Errors: `weights.export` for other networks.
 */
export async function exportTransformersJs(dir, out, options = {}) {
    const source = await openExport(dir);
    const parts = await partsOf(source);
    const notes = [...(parts.notes ?? [])];
    if (!(await holds(dir, FILES.tokenizer)))
        notes.push(`there is no ${FILES.tokenizer}: the model takes and gives token ids only`);
    return writeExport(out, async (folder) => {
        await mkdir(join(folder, 'onnx'));
        const chunks = {};
        const files = [];
        for (const [name, build] of Object.entries(parts.models)) {
            const plain = build(name);
            const model = { ...plain, outputs: plain.outputs.map(named), inputs: plain.inputs.map(named) };
            for (const precision of options.precisions ?? ['fp32']) {
                const file = `${name}${SUFFIX[precision]}.onnx`;
                const chosen = precision === 'fp32' ? model : quantizeModel(model, precision === 'q8' ? 'uint8' : precision);
                const beside = await writeOnnx(join(folder, 'onnx', file), chosen, options);
                if (beside > 0)
                    chunks[file] = beside;
                files.push(`onnx/${file}`);
            }
        }
        const whole = { ...source.raw, ...source.config, ...parts.config };
        const config = { ...whole, 'transformers.js_config': { use_external_data_format: chunks } };
        const small = { ...(await textFiles(source)), ...parts.files, [FILES.config]: config };
        for (const [name, json] of Object.entries(small))
            await writeAtomic(join(folder, name), `${JSON.stringify(json, null, 2)}\n`);
        const copied = await copyFiles(dir, folder, [FILES.tokenizer, FILES.chatTemplate]);
        return { files: [...files, ...Object.keys(small), ...copied], notes };
    });
}
async function partsOf(source) {
    const { network } = source;
    const model = (graph) => (name) => lazyModel(graph(), { name, read: (p) => source.read(p) });
    if (network instanceof T5) {
        const decoder = model(() => t5Decoder(network));
        return {
            models: { encoder_model: model(() => t5Encoder(network)), decoder_model_merged: (name) => withEncoderStates(decoder(name)) },
            config: { num_decoder_layers: network.decoder.block.length },
        };
    }
    const language = languageOf(source, LANGUAGES);
    if (!(network instanceof MultimodalNetwork))
        return { models: { model: model(() => textGraph(language)) } };
    const { vision, lowered = (plain) => plain, ...rest } = await imageSide(source);
    const seeing = model(vision);
    return {
        models: {
            vision_encoder: (name) => lowered(seeing(name)),
            embed_tokens: model(() => embeddingGraph(language)),
            decoder_model_merged: model(() => decoderGraph(language)),
        },
        ...rest,
    };
}
/** Sums of named dimensions under the names that optimum gives them. */
const SUMS = { [GROWN]: 'total_sequence_length', [ALL_SOURCE]: 'encoder_sequence_length' };
function named(value) {
    return { ...value, shape: value.shape.map((d) => SUMS[d] ?? d) };
}
/** tokenizer_config.json with the chat template, and generation_config.json with the ids that end a reply. */
async function textFiles({ dir, raw, network, config }) {
    const out = {};
    const language = (network instanceof MultimodalNetwork ? config.text_config : raw);
    const settings = (await optionalJson(dir, FILES.tokenizerConfig)) ?? {};
    const tokens = (await optionalJson(dir, FILES.tokenizer))?.added_tokens;
    if (tokens !== undefined) {
        const templates = [...((await chatTemplatesOf(dir)) ?? [])].map(([name, template]) => ({ name, template }));
        const template = templates.length > 1 ? templates : templates[0]?.template;
        // The class of transformers 5 is not known there; it means the same.
        const known = settings.tokenizer_class === 'TokenizersBackend' ? { tokenizer_class: 'PreTrainedTokenizerFast' } : {};
        out[FILES.tokenizerConfig] = { ...settings, ...known, ...(template === undefined ? {} : { chat_template: template }) };
    }
    const role = (name) => {
        const given = settings[`${name}_token`];
        const content = typeof given === 'string' ? given : given?.content;
        return language[`${name}_token_id`] ?? tokens?.find((t) => t.content === content)?.id;
    };
    const ends = Object.fromEntries(['bos', 'eos', 'pad'].map((name) => [`${name}_token_id`, role(name)]).filter(([, id]) => id !== undefined));
    const generation = (await optionalJson(dir, FILES.generation)) ?? ends;
    // A reply of T5 begins with padding.
    const start = network instanceof T5 ? { decoder_start_token_id: network.config.decoder_start_token_id ?? role('pad') ?? 0 } : {};
    out[FILES.generation] = { ...start, ...generation };
    return out;
}
//# sourceMappingURL=transformers-js.js.map