// A model that was put together here rather than opened from a folder: the same `Model`, so that it trains, asks and is saved like any other.

import type { Parameter } from '../graph/index.js';
import type { ClipImageProcessor } from '../media/index.js';
import { LlavaProcessor } from '../networks/families/llava/processor.js';
import { withInstruction } from '../networks/families/sensorium/instruction.js';
import { ADAPTERS_KEY, type AdapterSpec, EncoderMllm, encoderProcessor, type MllmNetwork, readFamily } from '../networks/index.js';
import type { MultimodalProcessor } from '../networks/processor.js';
import { ChatTemplate, type Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { identityNames, type JsonObject } from '../weights/index.js';
import { generationOf, withoutPlaceholders } from './generation-config.js';
import type { Model } from './open-model.js';
import { Processor } from './processor.js';

/** What a model is built from. */
export interface BuiltModel {
  network: MllmNetwork | EncoderMllm;
  /** Of parameters that have values already. */
  values: ReadonlyMap<Parameter, HostTensor>;
  tokenizer: Tokenizer;
  template: ChatTemplate;
  /** Of a LLaVA; other encoders hold theirs in their config. */
  images?: ClipImageProcessor;
  /** generation_config.json, to be saved with it. */
  generation?: JsonObject;
  /** Those in its layers. */
  adapters?: readonly AdapterSpec[];
}

/** Joins a network of `mllm(…)` with its tokenizer, template and image processor. Errors: `model.processor` for a LLaVA without the latter. */
export function buildModel({ network, values, tokenizer, template: given, images, generation, adapters = [] }: BuiltModel): Model {
  const { config } = network;
  const media = processorFor(network, tokenizer, images);
  // Where videos have the placeholder of images, the template is told so.
  const isSame = media.videoTokenId === media.imageTokenId;
  const template = isSame ? new ChatTemplate(given.source, { ...given.options, videoToken: given.imageToken }) : given;
  return {
    kind: 'multimodal',
    dir: '',
    family: readFamily(config).family,
    config,
    raw: adapters.length > 0 ? { ...config, [ADAPTERS_KEY]: adapters } : config,
    network,
    values,
    names: identityNames,
    quantized: false,
    tokenizer,
    template,
    media,
    processor: new Processor({ dir: 'mllm', tokenizer, template, media }),
    generation: withoutPlaceholders(generationOf(tokenizer), media),
    adapters: [],
    files: {
      tokenizer: tokenizer.json as unknown as JsonObject,
      tokenizerConfig: tokenizer.config,
      ...(images ? { preprocessor: images.toJSON() } : {}),
      generation,
      chatTemplate: template.source,
    },
  };
}

function processorFor(network: BuiltModel['network'], tokenizer: Tokenizer, images: ClipImageProcessor | undefined): MultimodalProcessor {
  if (network instanceof EncoderMllm) return encoderProcessor(network, tokenizer);
  if (!images)
    throw new SensoriumError('model.processor', 'a LLaVA cannot take images without an image processor', {
      place: 'buildModel: images',
      expected: 'a ClipImageProcessor',
      got: 'nothing',
    });
  const { config, imageTokens } = network;
  const sizes = { imageTokens, imageSize: config.vision_config.image_size };
  return withInstruction(new LlavaProcessor(config.image_token_index, images, sizes), { network, tokenizer });
}
