// Folders of the measured models in the benchmarks' cache: random weights, quantized, and exported for the peers; each made when first wanted.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type QuantizeOptions, quantizeFolder } from '../src/generate/index.js';
import { readFamily } from '../src/networks/index.js';
import { writeAtomic, writeFolderAtomic } from '../src/util/fs.js';
import { hostTensor } from '../src/util/host.js';
import { exportGguf, exportTransformersJs, type GgufWeights, type OnnxPrecision } from '../src/weights/export/index.js';
import { FILES, float32ToBfloat16 } from '../src/weights/index.js';
import { SafetensorsWriter } from '../src/weights/quantized-stream.js';
import { cacheFolder } from './peers/install.js';
import { LANGUAGE_SHAPES, type Shape } from './shapes.js';

/** To be raised when what is written changes. */
const VERSION = 2;

/** Bits of head and embedding, where the other matrices have four. */
export type HeadBits = 4 | 8;

/** The folder `part` of a shape; `make` fills it unless it is there. */
async function cached(shape: Shape, part: string, make: (dir: string) => Promise<unknown>): Promise<string> {
  const dir = join(cacheFolder(), 'models', `${shape.name}-v${VERSION}`, part);
  if (!existsSync(dir)) {
    process.stderr.write(`making ${dir}\n`);
    await make(dir);
  }
  return dir;
}

/** The model as a Hugging Face folder: bfloat16 weights, drawn for each tensor from its name. */
export function floatFolder(shape: Shape): Promise<string> {
  return cached(shape, shape.name, (dir) => writeFolderAtomic(dir, (folder) => fill(shape, folder)));
}

/** The same as `sensorium quantize --activations int8` makes it: blocks of four bits, and eight bits by eight for prompts and images. */
export async function quantizedFolder(shape: Shape, head: HeadBits): Promise<string> {
  const options: QuantizeOptions = { activations: 'int8', headBits: head, embeddingBits: head };
  const from = await floatFolder(shape);
  return cached(shape, `int4-head${head}`, (dir) => quantizeFolder(from, dir, options));
}

/** The same for transformers.js. */
export async function transformersJsFolder(shape: Shape, precision: OnnxPrecision): Promise<string> {
  const from = await floatFolder(shape);
  return cached(shape, `transformers-js-${precision}`, (dir) => exportTransformersJs(from, dir, { precisions: [precision] }));
}

/** The same for llama.cpp: the path of the file. */
export async function ggufFile(shape: Shape, weights: GgufWeights): Promise<string> {
  const from = await floatFolder(shape);
  const dir = await cached(shape, `gguf-${weights}`, (out) => exportGguf(from, out, { weights }));
  return join(dir, readdirSync(dir).find((name) => name.endsWith('.gguf') && !name.startsWith('mmproj')) as string);
}

/** What peers run that know only the language model of a shape. */
export function languageOf(shape: Shape): Shape {
  return (shape.language && LANGUAGE_SHAPES[shape.language]) || shape;
}

async function fill({ config }: Shape, folder: string): Promise<void> {
  const { family, config: parsed } = readFamily({ ...config }, FILES.config);
  const network = family.build(parsed).nameParameters();
  const parameters = network.parameters();
  const names = family.names?.(new Set()); // what a file has whose own names say nothing
  const fileName = (name: string): string => names?.toFile(name) ?? name;
  const tensors = parameters.map((p) => ({ name: fileName(p.name), dtype: 'bfloat16' as const, shape: p.dims }));
  const writer = await SafetensorsWriter.create(join(folder, FILES.weights), tensors, { format: 'pt' });
  for (const { name, dims } of parameters) await writer.write(fileName(name), float32ToBfloat16(randomValues(name, dims)));
  await writer.close();
  const { vision_config, image_token_id } = config as { vision_config?: { image_size: number }; image_token_id?: number };
  const files: Record<string, unknown> = { [FILES.config]: { ...config, dtype: 'bfloat16' }, ...textFiles(image_token_id) };
  if (vision_config) files[FILES.preprocessor] = imageFile(config.model_type, vision_config.image_size);
  for (const [name, json] of Object.entries(files)) await writeAtomic(join(folder, name), `${JSON.stringify(json, null, 2)}\n`);
}

/** Ones for norms, small biases, and matrices that keep the size of what they are multiplied with. */
export function randomValues(name: string, dims: readonly number[]): Float32Array {
  const { data } = hostTensor('float32', dims);
  if (/norm\w*\.weight$/.test(name)) return data.fill(1);
  // A joined model has the values of its language model alone.
  let state = hash(name.replace(/^language_model\./, ''));
  const inputs = dims.length === 1 ? (dims[0] as number) : dims.slice(1).reduce((a, b) => a * b, 1);
  const spread = (Math.sqrt(12 / inputs) * (dims.length === 1 ? 0.1 : 1)) / 2 ** 32;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    data[i] = state * spread;
  }
  return data;
}

/** FNV-1a. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const c of Buffer.from(text)) h = Math.imul(h ^ c, 0x01000193);
  return h | 0;
}

const SPECIAL = ['<unk>', '<s>', '</s>'];
const TOKENS = [...SPECIAL, ...'abcdefghijklmnopqrstuvwxyz', 'Ġ', 'th'];
/** Prompts are ids; but transformers.js and llama.cpp load nothing without a tokenizer, and a tower is not opened without its token. */
const textFiles = (imageToken?: number): Record<string, unknown> => ({
  [FILES.tokenizer]: {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      ...SPECIAL.map((content, id) => ({ content, id })),
      ...(imageToken === undefined ? [] : [{ content: '<image>', id: imageToken }]),
    ].map(({ content, id }) => ({
      ...{ id, content, special: true },
      ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
    })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true },
    model: { type: 'BPE', vocab: Object.fromEntries(TOKENS.map((t, id) => [t, id])), merges: ['t h'] },
  },
  [FILES.tokenizerConfig]: {
    tokenizer_class: 'PreTrainedTokenizerFast',
    unk_token: '<unk>',
    ...(imageToken === undefined ? {} : { chat_template: "{% for m in messages %}{{ m['content'] }}</s>{% endfor %}" }),
  },
});

const means = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
const imageFile = (type: unknown, side: number) =>
  type === 'idefics3'
    ? {
        image_processor_type: 'Idefics3ImageProcessor',
        size: { longest_edge: side },
        max_image_size: { longest_edge: side },
        do_image_splitting: false,
        ...means,
      }
    : {
        image_processor_type: 'CLIPImageProcessor',
        size: { shortest_edge: side },
        crop_size: { height: side, width: side },
        ...means,
      };
