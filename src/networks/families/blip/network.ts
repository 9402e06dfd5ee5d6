// BLIP-2 and InstructBLIP: a frozen vision tower, a Q-Former, and a language model that is either a decoder or a T5.

import { z } from 'zod';
import { input, type Tensor } from '../../../graph/index.js';
import type { Module } from '../../../nn/index.js';
import { QFormerConnector } from '../../connectors/qformer.js';
import { qformerConfig } from '../../connectors/qformer-layers.js';
import { BlipVision, blipVisionConfig } from '../../encoders/blip-vision.js';
import type { ParameterNames } from '../../family.js';
import type { DecoderConfig } from '../../language/config.js';
import type { CausalDecoder } from '../../language/decoder.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { prefixMap } from '../../names.js';
import { partConfig, wrongField } from '../../parse-config.js';
import { VisionSeq2Seq } from '../../vision-seq2seq.js';
import { buildLanguage, languageSchemas } from '../language-part.js';
import { optNames } from '../opt/network.js';
import { type T5Config, t5Config } from '../t5/layers.js';
import { T5 } from '../t5/network.js';

type TextConfig = DecoderConfig | T5Config;

/** A T5's config, or that of any decoder-only family; an OPT where it does not say. */
const textConfig = partConfig<TextConfig>({ ...languageSchemas, t5: t5Config }, 'opt', {}).superRefine((config, context) => {
  // Image rows stand among embeddings: these must be as wide as the layers, which those of OPT-350m are not.
  const { word_embed_proj_dim: width, hidden_size } = config as { word_embed_proj_dim?: number; hidden_size?: number };
  if (width !== undefined && width !== hidden_size) wrongField(context, 'word_embed_proj_dim', `hidden_size (${hidden_size})`, width);
});

const size = z.number().int().positive();
const fields = {
  vision_config: z.unknown().prefault({}).pipe(blipVisionConfig),
  qformer_config: z.unknown().prefault({}).pipe(qformerConfig),
  text_config: textConfig,
  num_query_tokens: size.default(32),
  image_token_index: z.number().int().nonnegative(),
};

/** The Q-Former looks at the tower's tokens, whatever width its own config names (transformers does the same). */
function joined<C extends { vision_config: { hidden_size: number }; qformer_config: { encoder_hidden_size: number } }>(c: C): C {
  return { ...c, qformer_config: { ...c.qformer_config, encoder_hidden_size: c.vision_config.hidden_size } };
}

/** `config.json` of Blip2ForConditionalGeneration. */
export const blip2Config = z
  .object({
    model_type: z.literal('blip-2').default('blip-2'),
    architectures: z.array(z.string()).default(['Blip2ForConditionalGeneration']),
    ...fields,
  })
  .transform(joined);

/** `config.json` of InstructBlipForConditionalGeneration. */
export const instructBlipConfig = z
  .object({
    model_type: z.literal('instructblip').default('instructblip'),
    architectures: z.array(z.string()).default(['InstructBlipForConditionalGeneration']),
    ...fields,
  })
  .transform(joined);

export type BlipConfig = z.infer<typeof blip2Config> | z.infer<typeof instructBlipConfig>;

/** What both networks see with: the Q-Former of InstructBLIP reads the question too. */
function sight(c: BlipConfig): { vision_model: BlipVision; connector: QFormerConnector } {
  const reads = c.model_type === 'instructblip';
  const width = 'd_model' in c.text_config ? c.text_config.d_model : c.text_config.hidden_size;
  return {
    vision_model: new BlipVision(c.vision_config),
    connector: new QFormerConnector(c.qformer_config, { queries: c.num_query_tokens, width, reads }),
  };
}

/** The input `pixels`, [images, 3, size, size] -> [images, 1 + patches, vision width]. */
function encodeWith(vision: BlipVision): Tensor {
  const { image_size } = vision.config;
  return vision.tokens(input('pixels', ['images', 3, image_size, image_size]));
}

/** Tokens -> [images * queries, width]; where the Q-Former reads, inputs `instruction` and its mask, int32 [images, words]. */
function connectWith(connector: QFormerConnector, tokens: Tensor): Tensor {
  const words = (name: string): Tensor => input(name, ['images', 'words'], 'int32');
  const reads = connector.qformer.embeddings !== undefined;
  const rows = reads
    ? connector.project(tokens, connector.qformer.embed(words('instruction')), words('instruction_mask'))
    : connector.project(tokens);
  return rows.reshape([-1, connector.language_projection.outputs]);
}

/** BLIP-2 and InstructBLIP over a decoder-only language model (Vicuna, OPT). */
export class Blip2 extends MultimodalNetwork {
  vision_model: BlipVision;
  connector: QFormerConnector;
  language_model: CausalDecoder;
  constructor(readonly config: BlipConfig) {
    super();
    ({ vision_model: this.vision_model, connector: this.connector } = sight(config));
    this.language_model = buildLanguage(config.text_config as DecoderConfig);
    this.nameParameters();
  }
  protected override tower(): Module[] {
    return [this.vision_model];
  }
  override encode(): Tensor {
    return encodeWith(this.vision_model);
  }
  override connect(tokens: Tensor): Tensor {
    return connectWith(this.connector, tokens);
  }
}

/** BLIP-2 and InstructBLIP over a T5: image rows and question are its source. */
export class Blip2Seq2Seq extends VisionSeq2Seq<T5> {
  vision_model: BlipVision;
  connector: QFormerConnector;
  language_model: T5;
  constructor(readonly config: BlipConfig) {
    super();
    ({ vision_model: this.vision_model, connector: this.connector } = sight(config));
    this.language_model = new T5(config.text_config as T5Config);
    this.nameParameters();
  }
  protected override tower(): Module[] {
    return [this.vision_model];
  }
  override encode(): Tensor {
    return encodeWith(this.vision_model);
  }
  override connect(tokens: Tensor): Tensor {
    return connectWith(this.connector, tokens);
  }
}

/** The network of a config: its language model decides which. */
export function buildBlip(config: BlipConfig): Blip2 | Blip2Seq2Seq {
  return config.text_config.model_type === 't5' ? new Blip2Seq2Seq(config) : new Blip2(config);
}

const connectorNames: [ours: string, file: string][] = ['query_tokens', 'qformer', 'language_projection'].map((part) => [
  `connector.${part}`,
  part,
]);
const plainNames = prefixMap(connectorNames);
const namesOverOpt = prefixMap([...connectorNames, ...optNames('language_model.')]);

/** In the file, the parts of the connector stand at the top; an OPT has names of its own. */
export function blipNames(inFile: ReadonlySet<string>): ParameterNames {
  return inFile.has('language_model.model.decoder.embed_positions.weight') ? namesOverOpt : plainNames;
}

/** Attributes of the classes: those of the checkpoint, for they are the same. */
export function blipAttributes({ text_config }: BlipConfig): ParameterNames {
  return 'word_embed_proj_dim' in text_config ? namesOverOpt : plainNames;
}

/** A T5's embeddings may be stored thrice; tied heads once. */
export function blipTied({ text_config: c }: BlipConfig): Record<string, string> {
  const at = (name: string): string => `language_model.${name}`;
  const head = c.tie_word_embeddings ? { [at('lm_head.weight')]: at('d_model' in c ? 'shared.weight' : 'model.embed_tokens.weight') } : {};
  const shared = { [at('encoder.embed_tokens.weight')]: at('shared.weight'), [at('decoder.embed_tokens.weight')]: at('shared.weight') };
  return 'd_model' in c ? { ...shared, ...head } : head;
}
