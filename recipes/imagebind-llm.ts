// ImageBind-LLM (Han et al. 2023, arXiv:2309.03905): one vector of a medium through a bind network, added to every token in every layer behind gates that
// open from zero; trained on images and text alone, with the norms of the language model. Other media come in by ImageBind's joint space, of which no
// towers are shipped here: what is measured is images.
// Must show: answers at least 0.15 above the blind row from a single vector.
//
//   sensorium train recipes/imagebind-llm.ts --out runs/imagebind-llm [seed=1]

import { bind, bindNetwork, mllm } from '../src/networks/index.js';
import { defineRecipe } from '../src/train/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { align, instruct, VQA } from './parts/stages.js';
import { finishZoo } from './parts/zoo.js';

export const finish = finishZoo('imagebind-llm', {
  system: 'ImageBind-LLM',
  own: 'one vector, added to every token in every layer behind a gate that opens from zero',
  paper: 'Han et al. 2023, arXiv:2309.03905',
  published:
    'ImageBind ViT-H, bind network, LLaMA-7B with LoRA r 16, biases and norms; 940 M pairs, then instructions; a cache of 3 M images at inference',
  tokens: 1,
  ...VQA,
});

const NORMS = 'language_model.*norm*.weight';

export default defineRecipe({
  name: 'imagebind-llm',
  model: mllm({ vision: worldClip(), connector: bindNetwork(), language: worldLlama(), adapters: [bind()] }),
  from: SHIPPED,
  stages: [align(['connector', 'adapters'], 250), instruct(['connector', 'adapters', NORMS], 1800)],
});
