// Export to the layout of transformers.js: config, tokenizer and processor files, and the graphs under onnx/, in one or several precisions.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameter } from '../../graph/index.js';
import { MultimodalNetwork } from '../../models/index.js';
import { writeAtomic } from '../../util/fs.js';
import { FILES, type JsonObject } from '../folder.js';
import type { ExportReport } from './gguf.js';
import { lazyModel, type OnnxFileOptions, writeOnnx } from './onnx-file.js';
import { decoderGraph, embeddingGraph, textGraph } from './onnx-graphs.js';
import { quantizeModel } from './onnx-quantize.js';
import { writeExport } from './output.js';
import { chatTemplateOf, copyFiles, type ExportSource, holds, languageOf, openExport, optionalJson } from './source.js';
import { imageSide } from './transformers-js-images.js';

/** Precisions by the names that transformers.js has for them (its option `dtype`). */
export type OnnxPrecision = 'fp32' | 'q8' | 'int8' | 'q4';
/** What they add to the name of a file. */
const SUFFIX: Readonly<Record<OnnxPrecision, string>> = { fp32: '', q8: '_quantized', int8: '_int8', q4: '_q4' };

/** Language models that transformers.js knows, by `model_type`. */
const LANGUAGES = ['llama', 'mistral', 'qwen2', 'qwen3', 'qwen2_vl_text', 'qwen2_5_vl_text'];

export interface TransformersJsOptions extends OnnxFileOptions {
  /** Default: fp32 alone. Browsers ask for q8 unless they are told otherwise. */
  precisions?: readonly OnnxPrecision[];
}

/**
 * Writes a model folder for transformers.js into a new folder: `onnx/model.onnx` for a language model; `vision_encoder`, `embed_tokens` and
 * `decoder_model_merged` for one that sees (`imageSide` has the families). Errors: `weights.export` for other networks.
 */
export async function exportTransformersJs(dir: string, out: string, options: TransformersJsOptions = {}): Promise<ExportReport> {
  const source = await openExport(dir);
  const language = languageOf(source, LANGUAGES);
  const images = source.network instanceof MultimodalNetwork ? await imageSide(source) : undefined;
  const graphs = images
    ? {
        vision_encoder: images.vision,
        embed_tokens: () => embeddingGraph(language),
        decoder_model_merged: () => decoderGraph(language),
      }
    : { model: () => textGraph(language) };
  const notes = [...(images?.notes ?? [])];
  if (!(await holds(dir, FILES.tokenizer))) notes.push(`there is no ${FILES.tokenizer}: the model takes and gives token ids only`);
  return writeExport(out, async (folder) => {
    await mkdir(join(folder, 'onnx'));
    const chunks: Record<string, number> = {};
    const files: string[] = [];
    for (const [name, graph] of Object.entries(graphs)) {
      const plain = lazyModel(graph(), { name, read: (p: Parameter) => source.read(p) });
      const model = { ...plain, outputs: plain.outputs.map(named), inputs: plain.inputs.map(named) };
      for (const precision of options.precisions ?? ['fp32']) {
        const file = `${name}${SUFFIX[precision]}.onnx`;
        const chosen = precision === 'fp32' ? model : quantizeModel(model, precision === 'q8' ? 'uint8' : precision);
        const beside = await writeOnnx(join(folder, 'onnx', file), chosen, options);
        if (beside > 0) chunks[file] = beside;
        files.push(`onnx/${file}`);
      }
    }
    const whole = { ...source.raw, ...(source.config as JsonObject), ...images?.config };
    const config = { ...whole, 'transformers.js_config': { use_external_data_format: chunks } };
    const small = { ...(await textFiles(source)), ...images?.files, [FILES.config]: config };
    for (const [name, json] of Object.entries(small)) await writeAtomic(join(folder, name), `${JSON.stringify(json, null, 2)}\n`);
    const copied = await copyFiles(dir, folder, [FILES.tokenizer, FILES.chatTemplate]);
    return { files: [...files, ...Object.keys(small), ...copied], notes };
  });
}

/** Sums of named dimensions under the names that optimum gives them. */
function named<V extends { shape: readonly (number | string)[] }>(value: V): V {
  return { ...value, shape: value.shape.map((d) => (d === '(past_sequence_length+sequence_length)' ? 'total_sequence_length' : d)) };
}

/** tokenizer_config.json with the chat template, and generation_config.json with the ids that end a reply. */
async function textFiles({ dir, raw, network, config }: ExportSource): Promise<Record<string, JsonObject>> {
  const out: Record<string, JsonObject> = {};
  const language = (network instanceof MultimodalNetwork ? (config as { text_config: JsonObject }).text_config : raw) as JsonObject;
  const settings = (await optionalJson(dir, FILES.tokenizerConfig)) ?? {};
  const tokens = (await optionalJson<{ added_tokens?: { id: number; content: string }[] | null }>(dir, FILES.tokenizer))?.added_tokens;
  if (tokens !== undefined) {
    const template = await chatTemplateOf(dir);
    // The class of transformers 5 is not known there; it means the same.
    const known = settings.tokenizer_class === 'TokenizersBackend' ? { tokenizer_class: 'PreTrainedTokenizerFast' } : {};
    out[FILES.tokenizerConfig] = { ...settings, ...known, ...(template === undefined ? {} : { chat_template: template }) };
  }
  const role = (name: string): unknown => {
    const given = settings[`${name}_token`];
    const content = typeof given === 'string' ? given : (given as { content?: string } | null | undefined)?.content;
    return language[`${name}_token_id`] ?? tokens?.find((t) => t.content === content)?.id;
  };
  const ends = Object.fromEntries(
    ['bos', 'eos', 'pad'].map((name) => [`${name}_token_id`, role(name)]).filter(([, id]) => id !== undefined),
  );
  out[FILES.generation] = (await optionalJson(dir, FILES.generation)) ?? ends;
  return out;
}
