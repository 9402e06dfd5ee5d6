// A decoder over words and codes of images, made of a trained language model and a trained tokenizer of images.

import { unifiedConfig, VqVae } from '../networks/index.js';
import { parseConfig } from '../networks/parse-config.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { loadNetwork, saveFolder } from '../weights/index.js';
import { openModel } from './open-model.js';

/** The tokens around an image, and the token of a code. */
export const IMAGE_BEGIN = '<img>';
export const IMAGE_END = '</img>';
export const codeToken = (code: number): string => `<|code${code}|>`;

/** What it is made of. */
export interface UnifyOptions {
  /** Folder of a decoder-only language model whose tokenizer has an image token. */
  language: string;
  /** Folder of a VQ-VAE. */
  images: string;
  /** Most positions of a sequence, for models with rotary ones. Default: the language model's. */
  positions?: number;
  /** Of the rows of codes. Default 0. */
  seed?: number;
  signal?: AbortSignal;
}

/**
 * Writes the folder: the vocabulary has a token for each code behind those of words. Rows of codes begin as a random projection of the codebook to the mean and the
 * spread of the rows of words, so that codes that look alike begin alike. Errors: `model.architecture` for folders of other models, `text.fit` without an image
 * token, those of `openModel`.
 */
export async function unifyModel(dir: string, { language, images, positions, seed = 0, signal }: UnifyOptions): Promise<void> {
  const vq = await loadNetwork(images, { kinds: ['encoder'], signal });
  if (!(vq.network instanceof VqVae))
    throw new SensoriumError('model.architecture', 'this model is not a tokenizer of images', {
      place: images,
      expected: 'model_type sensorium_vq_vae',
      got: vq.network.constructor.name,
    });
  const { num_embeddings: codes } = vq.network.config;
  const special = Array.from({ length: codes }, (_, code) => ({ content: codeToken(code), special: true }));
  const model = await openModel(language, { kinds: ['causal'], tokens: [IMAGE_BEGIN, IMAGE_END, ...special], signal });
  const { tokenizer } = model.processor;
  const { image } = tokenizer.specialIds;
  if (image === undefined)
    throw new SensoriumError('text.fit', 'the tokenizer has no image token', { place: tokenizer.place, expected: '<image>', got: 'none' });
  const [words, first] = [IMAGE_BEGIN, codeToken(0)].map((token) => tokenizer.tokenId(token)) as [number, number];
  const { architectures: _, ...text } = model.raw;
  const config = {
    model_type: 'sensorium_unified',
    architectures: ['SensoriumForUnifiedGeneration'],
    vq_config: vq.network.config,
    text_config: { ...text, ...(positions === undefined ? {} : { max_position_embeddings: positions }) },
    image_token_index: image,
    image_begin_index: words,
    image_end_index: tokenizer.tokenId(IMAGE_END),
    first_code_index: first,
  };
  parseConfig(unifiedConfig, config, dir);
  const weights: Record<string, HostTensor> = {};
  for (const [p, value] of vq.values) weights[`image_tokenizer.${p.name}`] = value;
  for (const [p, value] of model.values) weights[`language_model.${p.name}`] = value;
  const table = 'language_model.model.embed_tokens.weight';
  const codebook = [...vq.values].find(([p]) => p.name === 'embedding.weight')?.[1] as HostTensor<'float32'>;
  weights[table] = withCodes(weights[table] as HostTensor<'float32'>, codebook, { words, first, seed });
  await saveFolder(dir, {
    config,
    weights,
    tokenizer: tokenizer.json as never,
    tokenizerConfig: tokenizer.config,
    chatTemplate: model.template?.source,
  });
}

/** The table with rows of codes. table: [rows, width]; codebook: [codes, dim], read at length 1. */
function withCodes(
  { shape, data }: HostTensor<'float32'>,
  codebook: HostTensor<'float32'>,
  { words, first, seed }: { words: number; first: number; seed: number },
): HostTensor<'float32'> {
  const [rows, width] = shape as [number, number];
  const [codes, dim] = codebook.shape as [number, number];
  const out = hostTensor('float32', [rows, width], data.slice());
  const rng = new Rng(seed).fork('codes');
  const projection = Float32Array.from({ length: dim * width }, () => rng.normal());
  for (let k = 0; k < width; k++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < words; i++) {
      const v = data[i * width + k] as number;
      sum += v;
      squares += v * v;
    }
    const mean = sum / words;
    const deviation = Math.sqrt(Math.max(0, squares / words - mean * mean));
    for (let code = 0; code < codes; code++) {
      const vector = codebook.data.subarray(code * dim, (code + 1) * dim);
      const length = Math.hypot(...vector) || 1;
      let y = 0;
      for (let d = 0; d < dim; d++) y += ((vector[d] as number) / length) * (projection[d * width + k] as number);
      out.data[(first + code) * width + k] = mean + deviation * y;
    }
  }
  return out;
}
