// A model that was put together here rather than opened from a folder: the same `Model`, so that it trains, asks and is saved like any other.

import type { Parameter } from '../graph/index.js';
import type { ClipImageProcessor } from '../media/index.js';
import { LlavaProcessor } from '../networks/families/llava/processor.js';
import { ADAPTERS_KEY, type AdapterSpec, type MllmNetwork, readFamily } from '../networks/index.js';
import type { ChatTemplate, Tokenizer } from '../text/index.js';
import type { HostTensor } from '../util/host.js';
import { identityNames, type JsonObject } from '../weights/index.js';
import { generationOf } from './generation-config.js';
import type { Model } from './open-model.js';
import { Processor } from './processor.js';

/** What a model is built from. */
export interface BuiltModel {
  network: MllmNetwork;
  /** Of parameters that have values already. */
  values: ReadonlyMap<Parameter, HostTensor>;
  tokenizer: Tokenizer;
  template: ChatTemplate;
  images: ClipImageProcessor;
  /** generation_config.json, to be saved with it. */
  generation?: JsonObject;
  /** Those in its layers. */
  adapters?: readonly AdapterSpec[];
}

/** Joins a network of `mllm(…)` with its tokenizer, template and image processor. */
export function buildModel({ network, values, tokenizer, template, images, generation, adapters = [] }: BuiltModel): Model {
  const { config, imageTokens } = network;
  const sizes = { imageTokens, imageSize: config.vision_config.image_size };
  const media = new LlavaProcessor(config.image_token_index, images, sizes);
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
    generation: generationOf(tokenizer),
    adapters: [],
    files: {
      tokenizer: tokenizer.json as unknown as JsonObject,
      tokenizerConfig: tokenizer.config,
      preprocessor: images.toJSON(),
      generation,
      chatTemplate: template.source,
    },
  };
}
