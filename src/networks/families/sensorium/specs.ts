// Models by their sizes, as recipes write them: a vision tower, a language model, and `mllm`, which joins an encoder and a language model.

import { z } from 'zod';
import { SensoriumError } from '../../../util/errors.js';
import { type AdapterSpec, addAdapters } from '../../adapters/registry.js';
import type { ConnectorSpec } from '../../connectors/define.js';
import type { MlpConnectorConfig } from '../../connectors/mlp.js';
import { withClip } from '../../encoders/clip-encoder.js';
import { type ClipVisionConfig, clipVisionConfig } from '../../encoders/clip-vision.js';
import type { EncoderSpec } from '../../encoders/define.js';
import { evaConfig } from '../../encoders/eva-layers.js';
import { parseConfig, wrongField } from '../../parse-config.js';
import { Llama, type LlamaConfig, llamaConfig } from '../llama/network.js';
import { EncoderMllm, type EncoderMllmConfig, encoderMllmConfig } from './encoder-network.js';
import { type MllmConfig, MllmNetwork, mllmConfig } from './network.js';

const size = z.number().int().positive();

const clipVisionOptions = z
  .object({
    imageSize: size,
    patchSize: size,
    width: size,
    layers: size,
    /** Default one for each 32 of the width. */
    heads: size.optional(),
    /** Channels of a convolutional stem before the width, such as [32, 64]: each step halves the side. */
    stem: z.array(size).optional(),
    /** Normalises the stem's channels before each activation. */
    stemNorm: z.boolean().optional(),
    /** The layers of EVA-CLIP in place of CLIP's: `{}` for ViT-g's, `{ sub_norm: true, rotary: true, swiglu: true }` for EVA-02's. */
    eva: evaConfig.optional(),
    /** The hidden state that the connector reads; -2 as in LLaVA. */
    featureLayer: z.number().int().default(-2),
  })
  .superRefine((o, context) => {
    const wrong = (field: keyof typeof o, expected: string, input: unknown): void => wrongField(context, field, expected, input);
    const states = o.layers + 1;
    if (o.featureLayer < -states || o.featureLayer >= states)
      wrong('featureLayer', `one of the ${states} hidden states, ${-states} to ${states - 1}`, o.featureLayer);
    if (o.imageSize < o.patchSize) wrong('imageSize', `at least one patch (${o.patchSize})`, o.imageSize);
    const halvings = 2 ** ((o.stem?.length ?? 0) + 1);
    if (o.stem && (o.patchSize !== halvings || o.imageSize % halvings !== 0))
      wrong(
        'patchSize',
        `${halvings}, since the stem of ${o.stem.length} layers halves the side ${o.stem.length + 1} times, and whole patches`,
        `patches of ${o.patchSize} in ${o.imageSize}`,
      );
  });
export type ClipVisionOptions = z.input<typeof clipVisionOptions>;

/** A CLIP vision tower by its sizes. */
export interface ClipVisionSpec extends EncoderSpec {
  readonly kind: 'clip-vision';
  /** As given. */
  readonly options: ClipVisionOptions;
  readonly config: ClipVisionConfig;
  readonly featureLayer: number;
}

/** A CLIP vision tower by its sizes. Errors: `model.config`, naming the field. */
export function clipVision(options: ClipVisionOptions): ClipVisionSpec {
  const o = parseConfig(clipVisionOptions, options, 'clipVision');
  const config = parseConfig(
    clipVisionConfig,
    {
      model_type: o.stem || o.eva ? 'sensorium_clip_vision_model' : 'clip_vision_model',
      hidden_size: o.width,
      intermediate_size: o.width * 4,
      num_hidden_layers: o.layers,
      num_attention_heads: o.heads ?? Math.max(1, Math.round(o.width / 32)),
      image_size: o.imageSize,
      patch_size: o.patchSize,
      stem_channels: o.stem,
      stem_norm: o.stemNorm,
      ...(o.eva ? { eva: o.eva, hidden_act: 'gelu' } : {}),
    },
    'clipVision',
  );
  const json = { kind: 'clip-vision', vision_config: config, vision_feature_layer: o.featureLayer };
  return { kind: 'clip-vision', options, config, featureLayer: o.featureLayer, json, parts: [] };
}

const llamaOptions = z.object({
  width: size,
  layers: size,
  heads: size,
  kvHeads: size.optional(),
  /** Feed-forward width; 8/3 of the width rounded up to a multiple of 32 by default. */
  feedForward: size.optional(),
  vocabSize: size.optional(),
  positions: size.default(512),
  tied: z.boolean().default(true),
  /** Biases on the attention's projections. */
  attentionBias: z.boolean().default(false),
});
export type LlamaOptions = z.input<typeof llamaOptions>;

/** A LLaMA-family language model by its sizes; the vocabulary size is filled in from the tokenizer when left out. Errors: `model.config`. */
export function llama(options: LlamaOptions): {
  kind: 'llama';
  options: LlamaOptions;
  config(vocabSize?: number): LlamaConfig;
  build(vocabSize?: number): Llama;
} {
  const o = parseConfig(llamaOptions, options, 'llama');
  const config = (vocabSize?: number): LlamaConfig =>
    parseConfig(
      llamaConfig,
      {
        vocab_size: o.vocabSize ?? vocabSize,
        hidden_size: o.width,
        intermediate_size: o.feedForward ?? Math.ceil((o.width * 8) / 3 / 32) * 32,
        num_hidden_layers: o.layers,
        num_attention_heads: o.heads,
        num_key_value_heads: o.kvHeads ?? o.heads,
        head_dim: o.width / o.heads,
        max_position_embeddings: o.positions,
        rms_norm_eps: 1e-5,
        tie_word_embeddings: o.tied,
        attention_bias: o.attentionBias,
      },
      'llama',
    );
  return { kind: 'llama', options, config, build: (v) => new Llama(config(v)) };
}

const part = <T>(fits: (given: { kind?: unknown; build?: unknown }) => boolean, expected: string) =>
  z.custom<T>((given) => typeof given === 'object' && given !== null && fits(given), `expected ${expected}`);
const partSpecs = z.object({
  vision: part<EncoderSpec>(
    (o) => typeof o.kind === 'string' && typeof (o as Partial<EncoderSpec>).json === 'object',
    'clipVision({ imageSize, patchSize, width, layers }) or another encoder',
  ),
  connector: part<ConnectorSpec>(
    (o) => typeof o.kind === 'string' && typeof o.build === 'function',
    'mlp(), linear(), qformer({…}) or a connector of your own',
  ),
  language: part<ReturnType<typeof llama>>((o) => o.kind === 'llama', 'llama({ width, layers, heads })'),
  /** What acts in the language model's layers: `gatedCrossAttention()`, `visualExpert()`. */
  adapters: z
    .array(part<AdapterSpec>((o) => typeof o.kind === 'string' && o.build === undefined, 'adapters of layers, such as lynx()'))
    .optional(),
});
/** The parts of an `mllm`. */
export type MllmPartSpecs = z.infer<typeof partSpecs>;

/** What the tokenizer, and trained parts that are taken over, fix of a network's config. */
export interface MllmSizes {
  vocabSize: number;
  imageTokenId: number;
  /** Configs of trained parts; by default those of the specs. */
  vision?: ClipVisionConfig;
  language?: LlamaConfig;
  /** preprocessor_config.json of the trained tower, for an encoder that it is a part of. */
  images?: Record<string, unknown>;
}

/** Parts joined by their sizes. */
export interface MllmSpec<C = MllmConfig | EncoderMllmConfig, N = MllmNetwork | EncoderMllm, P = MllmPartSpecs> {
  readonly kind: 'mllm';
  /** The specs as given. */
  readonly parts: P;
  /** The sizes as plain data: part of a recipe's identity. */
  readonly describe: Record<string, unknown>;
  config(sizes: MllmSizes): C;
  build(sizes: MllmSizes): N;
}

/** The parts of a LLaVA: its encoder is a plain CLIP tower. */
export type LlavaPartSpecs = Omit<MllmPartSpecs, 'vision'> & { vision: ClipVisionSpec };

/** True for the parts of a LLaVA. */
export const isLlavaParts = (parts: MllmPartSpecs): parts is LlavaPartSpecs =>
  parts.vision.kind === 'clip-vision' && 'options' in parts.vision;

/**
 * Joins parts by their sizes; vocabulary and image token come from the tokenizer. With a plain CLIP tower it is a LLaVA, in the layout of
 * LlavaForConditionalGeneration; with any other encoder a network of our own. Errors: `model.config`, naming the part and field.
 */
export function mllm(parts: LlavaPartSpecs): MllmSpec<MllmConfig, MllmNetwork, LlavaPartSpecs>;
export function mllm(parts: MllmPartSpecs): MllmSpec;
export function mllm(given: MllmPartSpecs): MllmSpec {
  const parts = parseConfig(partSpecs, given, 'mllm');
  const { connector, language, adapters = [] } = parts;
  const adapted = (network: MllmNetwork | EncoderMllm): MllmNetwork | EncoderMllm => {
    addAdapters(network, adapters, 'mllm: adapters');
    network.nameParameters();
    const { rowWidth, width } = network.language_model;
    const carried = network instanceof EncoderMllm ? (network.vision_tower.carried ?? 0) : 0;
    if (rowWidth - width !== carried)
      throw new SensoriumError('model.config', 'the encoder does not carry what the adapters read', {
        place: 'mllm: vision',
        expected: `${rowWidth - width} numbers behind the width of a token`,
        got: String(carried),
        hint: 'twoResolutions({ low, high }) and highResolution({ width, block }) belong together',
      });
    return network;
  };
  const spec: MllmSpec = isLlavaParts(parts)
    ? { kind: 'mllm', parts, describe: {}, config: (t) => llavaOf(parts, t), build: (t) => adapted(new MllmNetwork(llavaOf(parts, t))) }
    : {
        ...{ kind: 'mllm', parts, describe: {}, config: (t) => encoderMllmOf(parts, t) },
        build: (t) => adapted(new EncoderMllm(encoderMllmOf(parts, t))),
      };
  spec.config({ vocabSize: language.options.vocabSize ?? 1, imageTokenId: 0 }); // sizes are checked here, where they are written
  const vision = isLlavaParts(parts)
    ? { vision: parts.vision.config, featureLayer: parts.vision.featureLayer }
    : { vision: parts.vision.json };
  return {
    ...spec,
    describe: {
      ...vision,
      connector: connector.kind === 'mlp' ? connector.config : { ...connector.config, kind: connector.kind },
      language: language.options,
      ...(adapters.length > 0 ? { adapters } : {}),
    },
  };
}

function llavaOf({ vision: tower, connector, language }: LlavaPartSpecs, t: MllmSizes): MllmConfig {
  const vision = t.vision ?? tower.config;
  const text_config = t.language ?? language.config(t.vocabSize);
  const mlpConfig = connector.kind === 'mlp' ? (connector.config as MlpConnectorConfig) : undefined;
  const ours = vision.model_type !== 'clip_vision_model' || mlpConfig?.shuffle !== 1 || mlpConfig.depth === 1;
  const side = Math.floor(vision.image_size / vision.patch_size);
  if (mlpConfig && side % mlpConfig.shuffle !== 0)
    throw new SensoriumError('model.config', 'a field of the config is wrong', {
      place: 'mlp: shuffle',
      expected: `a divisor of the ${side} patches on a side of the image`,
      got: String(mlpConfig.shuffle),
    });
  return parseConfig(
    mllmConfig,
    {
      model_type: ours ? 'sensorium_llava' : 'llava',
      vision_config: vision,
      text_config,
      image_token_index: t.imageTokenId,
      vision_feature_layer: tower.featureLayer,
      ...(mlpConfig
        ? { projector_depth: mlpConfig.depth, projector_pixel_shuffle: mlpConfig.shuffle }
        : { projector: { ...connector.config, kind: connector.kind } }),
      image_seq_length: connector.build(vision.hidden_size, text_config.hidden_size, text_config.vocab_size).tokenCount(side ** 2),
    },
    'mllm',
  );
}

function encoderMllmOf({ vision, connector, language }: MllmPartSpecs, t: MllmSizes): EncoderMllmConfig {
  const encoder = t.vision
    ? withClip(vision.json, { vision_config: t.vision, ...(t.images ? { image_processor: t.images } : {}) })
    : vision.json;
  const config = {
    encoder,
    projector: { ...connector.config, kind: connector.kind },
    text_config: t.language ?? language.config(t.vocabSize),
    image_token_index: t.imageTokenId,
  };
  return parseConfig(encoderMllmConfig, config, 'mllm');
}
