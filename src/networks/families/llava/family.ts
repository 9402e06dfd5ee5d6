// The rows of LLaVA 1.5 (Pixtral, which is one of another tower, included), NeXT and OneVision.

import { defineFamily } from '../../family.js';
import { llavaAttributeNames, llavaAttributes, llavaNames } from '../../names.js';
import { chosenConfig } from '../../parse-config.js';
import type { ProcessorSource } from '../../processor.js';
import { hasPixtral, type PixtralConfig, pixtralConfig } from '../pixtral/config.js';
import { Pixtral } from '../pixtral/network.js';
import { pixtralProcessor } from '../pixtral/processor.js';
import { type LlavaConfig, llavaConfig, llavaNextConfig, llavaOnevisionConfig, tiedLlavaHead } from './config.js';
import { LlavaNetwork } from './network.js';
import { llavaProcessor } from './processor.js';
import { LlavaTilesNetwork } from './tiles-network.js';
import { tilesProcessor } from './tiles-processor.js';

/** What the three have in common. */
const llava = { kind: 'multimodal', names: llavaNames, modules: () => llavaAttributes, tied: tiedLlavaHead } as const;

const isPixtral = (c: LlavaConfig | PixtralConfig): c is PixtralConfig => c.vision_config.model_type === 'pixtral';

/** LLaVA 1.5, and Pixtral. */
export const llavaFamily = defineFamily({
  ...llava,
  modelType: 'llava',
  architectures: ['LlavaForConditionalGeneration'],
  alsoFor: ['LlavaModel'],
  modules: (c) => (isPixtral(c) ? llavaAttributeNames : llavaAttributes),
  config: chosenConfig<LlavaConfig | PixtralConfig>((raw) => (hasPixtral(raw) ? pixtralConfig : llavaConfig)),
  build: (c) => (isPixtral(c) ? new Pixtral(c) : new LlavaNetwork(c)),
  processor: ({ network, config, ...source }: ProcessorSource<LlavaNetwork | Pixtral, LlavaConfig | PixtralConfig>) =>
    network instanceof Pixtral
      ? pixtralProcessor({ ...source, network, config: network.config })
      : llavaProcessor({ ...source, network, config: network.config }),
});

/** LLaVA-NeXT (1.6). */
export const llavaNextFamily = defineFamily({
  ...llava,
  modelType: 'llava_next',
  architectures: ['LlavaNextForConditionalGeneration'],
  alsoFor: ['LlavaNextModel'],
  config: llavaNextConfig,
  build: (c) => new LlavaTilesNetwork(c),
  processor: tilesProcessor,
});

/** LLaVA-OneVision. */
export const llavaOnevisionFamily = defineFamily({
  ...llava,
  modelType: 'llava_onevision',
  architectures: ['LlavaOnevisionForConditionalGeneration'],
  alsoFor: ['LlavaOnevisionModel'],
  config: llavaOnevisionConfig,
  build: (c) => new LlavaTilesNetwork(c),
  processor: tilesProcessor,
});
