// What the folders of trained parts hold beside weights: sizes that shapes do not show, template, image processor, generation config.

import { join } from 'node:path';
import { ClipImageProcessor, imageProcessor } from '../media/index.js';
import {
  type ClipVisionConfig,
  type ClipVisionSpec,
  clipSpecOf,
  clipVisionConfig,
  type EncoderMllmConfig,
  encoderMllmConfig,
  isLlavaParts,
  type LlamaConfig,
  llamaConfig,
  type MllmConfig,
  type MllmSpec,
  mllmConfig,
  parseConfig,
  readFamily,
} from '../networks/index.js';
import { ChatTemplate, readChatTemplates, type Tokenizer } from '../text/index.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import { FILES, type JsonObject, readConfig } from '../weights/index.js';

/** Folders to take trained parts from, instead of fresh ones. */
export interface PartFolders {
  /** A CLIPModel folder: its vision tower and image processor. */
  vision?: string;
  /** A LlamaForCausalLM folder, its tokenizer and chat template. */
  language?: string;
  /** A whole LLaVA folder. */
  all?: string;
}

/** How the options of `clipVision` and `llama` are called in a config. */
const VISION = {
  imageSize: 'image_size',
  patchSize: 'patch_size',
  width: 'hidden_size',
  layers: 'num_hidden_layers',
  heads: 'num_attention_heads',
  stem: 'stem_channels',
  stemNorm: 'stem_norm',
} as const;
const LANGUAGE = {
  width: 'hidden_size',
  layers: 'num_hidden_layers',
  heads: 'num_attention_heads',
  kvHeads: 'num_key_value_heads',
  feedForward: 'intermediate_size',
  vocabSize: 'vocab_size',
  positions: 'max_position_embeddings',
  tied: 'tie_word_embeddings',
  attentionBias: 'attention_bias',
} as const;

/** Throws `train.from` where an option that the recipe gives is another one in the folder. What the recipe leaves out is the folder's. */
function compare(
  options: object,
  config: object,
  names: Readonly<Record<string, string>>,
  o: { part: string; place: string; within: string },
): void {
  const [given, own] = [options as Record<string, unknown>, config as Record<string, unknown>];
  for (const [option, key] of Object.entries(names)) {
    if (given[option] === undefined || JSON.stringify(given[option]) === JSON.stringify(own[key])) continue;
    if (given[option] === false && own[key] === undefined) continue;
    throw new SensoriumError('train.from', 'the recipe and the folder that its weights come from disagree', {
      place: `${o.place}: ${o.within}${key}`,
      expected: `${o.part} with ${option}: ${JSON.stringify(own[key]) ?? 'nothing'}, as in the folder`,
      got: `${option}: ${JSON.stringify(given[option])} in the recipe`,
      hint: `Correct ${option} or leave it out: then the folder's value is taken`,
    });
  }
}

/** The config of a whole model: the folder's, after comparing it with the recipe's parts. Errors: `train.from`, `model.*`. */
export async function wholeConfig(dir: string, spec: MllmSpec): Promise<MllmConfig | EncoderMllmConfig> {
  const { parts } = spec;
  const place = join(dir, FILES.config);
  const raw = await readConfig(dir);
  const { family, config: read } = readFamily(raw, place);
  if (family.modelType === 'sensorium_mllm' && !isLlavaParts(parts))
    return wholeEncoder(parseConfig(encoderMllmConfig, read, place), spec, place);
  const refuse = (got: string, cause?: unknown): never => {
    throw new SensoriumError('train.from', 'this model has parts that a recipe of mllm({…}) does not have', {
      place,
      expected: 'a LLaVA 1.5 of a CLIP tower, an MLP connector and a LLaMA',
      got,
      hint: "Train it as it is: defineRecipe({ model: open('FOLDER'), … })",
      cause,
    });
  };
  if (family.modelType !== 'llava' && family.modelType !== 'sensorium_llava') refuse(`model_type '${family.modelType}'`);
  if ((read as { multimodal_projector_bias?: boolean }).multimodal_projector_bias === false) refuse('multimodal_projector_bias: false');
  let config: MllmConfig;
  try {
    config = parseConfig(mllmConfig, read, place);
  } catch (error) {
    if (!(error instanceof SensoriumError) || error.code !== 'model.config') throw error;
    return refuse(`${error.place?.slice(place.length + 2)} ${error.got}, where ${error.expected} is needed`, error);
  }
  if (!isLlavaParts(parts)) return refuse(`a plain CLIP tower, where the recipe has ${parts.vision.kind}`);
  const { vision, connector, language } = parts;
  compare(vision.options, config.vision_config, VISION, { part: 'clipVision', place, within: 'vision_config.' });
  compare(vision.options, config, { featureLayer: 'vision_feature_layer' }, { part: 'clipVision', place, within: '' });
  compare(language.options, config.text_config, LANGUAGE, { part: 'llama', place, within: 'text_config.' });
  const projector = config.projector ?? { kind: 'mlp' };
  compare({ kind: connector.kind }, projector, { kind: 'kind' }, { part: 'a connector', place, within: 'projector.' });
  if (connector.kind === 'mlp') {
    const names = { depth: 'projector_depth', shuffle: 'projector_pixel_shuffle' };
    compare((connector as unknown as { options: object }).options, config, names, { part: 'mlp', place, within: '' });
  } else {
    const own = Object.fromEntries(Object.keys(connector.config).map((key) => [key, key]));
    compare(connector.config, projector, own, { part: connector.kind, place, within: 'projector.' });
  }
  return config;
}

/** The same of an encoder of another kind: its options are those of the folder to the letter, but for a CLIP tower inside, which the folder has whole. */
function wholeEncoder(config: EncoderMllmConfig, { parts, config: made }: MllmSpec, place: string): EncoderMllmConfig {
  const own = { image_processor: undefined, vision_config: undefined };
  const bare = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, v) => (v?.kind === 'clip-vision' ? { ...v, ...own } : v)));
  const wanted = made({ vocabSize: config.text_config.vocab_size, imageTokenId: config.image_token_index }) as EncoderMllmConfig;
  const names = { encoder: 'encoder', projector: 'projector' };
  const both = ({ encoder, projector }: EncoderMllmConfig) => ({ encoder: bare(encoder), projector });
  compare(both(wanted), both(config), names, { part: 'mllm', place, within: '' });
  const tower = clipSpecOf<ClipVisionSpec>(parts.vision);
  const folder = tower && clipJson(config.encoder);
  if (tower && folder) compare(tower.options, folder, VISION, { part: 'clipVision', place, within: 'encoder.' });
  compare(parts.language.options, config.text_config, LANGUAGE, { part: 'llama', place, within: 'text_config.' });
  return config;
}

/** `vision_config` of the first CLIP tower in the config of an encoder. */
function clipJson(value: unknown): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, vision_config: own } = value as { kind?: unknown; vision_config?: object };
  if (kind === 'clip-vision') return own;
  for (const part of Object.values(value)) {
    const found = clipJson(part);
    if (found) return found;
  }
  return undefined;
}

/** `vision_config` of a CLIP folder, compared with the recipe's. Errors: `train.from` for an encoder without a CLIP tower. */
export async function visionPart(dir: string, { parts }: MllmSpec): Promise<ClipVisionConfig> {
  const place = join(dir, FILES.config);
  const raw = await readConfig(dir);
  const nested = raw.vision_config !== undefined;
  const config = parseConfig(clipVisionConfig, nested ? raw.vision_config : raw, nested ? `${place}: vision_config` : place);
  const tower = clipSpecOf<ClipVisionSpec>(parts.vision);
  if (!tower)
    throw new SensoriumError('train.from', 'the encoder of the recipe has no CLIP tower', {
      place: 'recipe.from: vision',
      expected: 'clipVision({…}) as the encoder or as a part of it',
      got: parts.vision.kind,
    });
  compare(tower.options, config, VISION, { part: 'clipVision', place, within: nested ? 'vision_config.' : '' });
  return config;
}

/** Compares the sizes of a CLAP folder's audio tower with the recipe's. Errors: `train.from` for another model or other sizes. */
export async function clapPart(dir: string, { parts }: MllmSpec): Promise<void> {
  const place = join(dir, FILES.config);
  const { family, config } = readFamily(await readConfig(dir), place);
  if (!family.modelType.startsWith('clap'))
    throw new SensoriumError('train.from', 'clapEncoder({…}) takes the weights of a CLAP', {
      place,
      expected: 'ClapModel, or ClapAudioModel',
      got: family.architectures[0],
    });
  const theirs = ((config as { audio_config?: object }).audio_config ?? config) as Readonly<Record<string, unknown>>;
  const ours = (parts.vision.json as unknown as { audio: Readonly<Record<string, unknown>> }).audio;
  const other = ['model_type', 'architectures', 'projection_dim', 'projection_hidden_act', 'fusion_type'];
  for (const [key, value] of Object.entries(ours))
    if (!other.includes(key) && JSON.stringify(value) !== JSON.stringify(theirs[key]))
      throw new SensoriumError('train.from', 'the recipe and the folder disagree', {
        place: `clapEncoder: audio.${key}`,
        expected: `${JSON.stringify(theirs[key])}, as in ${place}`,
        got: JSON.stringify(value),
      });
}

/** The config of a LLaMA folder, compared with the recipe's. Errors: `train.from` for another architecture. */
export async function languagePart(dir: string, { parts }: MllmSpec): Promise<LlamaConfig> {
  const place = join(dir, FILES.config);
  const { family, config } = readFamily(await readConfig(dir), place);
  if (family.modelType !== 'llama')
    throw new SensoriumError('train.from', 'the language part of mllm({…}) is a LLaMA', {
      place,
      expected: 'LlamaForCausalLM',
      got: family.architectures[0],
      hint: "Train other language models as they are: defineRecipe({ model: open('FOLDER'), … })",
    });
  const parsed = parseConfig(llamaConfig, config, place);
  compare(parts.language.options, parsed, LANGUAGE, { part: 'llama', place, within: '' });
  return parsed;
}

/** The image processor of a folder, or CLIP's for `size` where there is none. Errors: `train.from`, `media.config`. */
export async function partProcessor(dir: string | undefined, size: number): Promise<ClipImageProcessor> {
  const [older, newer] = [FILES.preprocessor, FILES.processor].map((name) => dir && join(dir, name)) as [string?, string?];
  const found = older && (await ifThere(() => readJson<JsonObject>(older)));
  const inner = newer && !found ? (await ifThere(() => readJson<JsonObject>(newer)))?.image_processor : undefined;
  const config = found ?? (inner as JsonObject | undefined);
  if (!config) return ClipImageProcessor.fromConfig({ size: { shortest_edge: size }, crop_size: { height: size, width: size } });
  const place = found ? (older as string) : `${newer}: image_processor`;
  const processor = imageProcessor(config, place);
  const refuse = (expected: string, got: string): SensoriumError =>
    new SensoriumError('train.from', 'the image processor of the folder cannot be used in training', { place, expected, got });
  if (!(processor instanceof ClipImageProcessor)) throw refuse("CLIP's processor, or one of its form", String(config.image_processor_type));
  const { width, height } = processor.outputSize({ width: size, height: size });
  if (width !== size || height !== size)
    throw refuse(`images of ${size}x${size}, as image_size of the vision encoder`, `${width}x${height}`);
  return processor;
}

/**
 * The chat template: `source` where the recipe gives one, else the folder's, wherever it keeps it, else ours where the tokenizer is made
 * for it. Errors: `text.template`.
 */
export async function partTemplate(tokenizer: Tokenizer, { dir, source }: { dir?: string; source?: string }): Promise<ChatTemplate> {
  const given = source ?? (dir === undefined ? undefined : await readChatTemplates(dir));
  return ChatTemplate.forTokenizer(tokenizer, given, source === undefined ? (dir ?? tokenizer.place) : 'the chat template of the recipe');
}

/** generation_config.json of a folder, to be saved again. */
export async function partGeneration(dir: string | undefined): Promise<JsonObject | undefined> {
  return dir === undefined ? undefined : ifThere(() => readJson<JsonObject>(join(dir, FILES.generation)));
}
