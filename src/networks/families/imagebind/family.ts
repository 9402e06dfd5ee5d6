// The row of ImageBind.

import { defineFamily } from '../../family.js';
import { imageBindConfig } from './config.js';
import { ImageBind } from './network.js';

/** ImageBind: the published weights as safetensors beside a config.json that says `model_type` alone. */
export const imageBindFamily = defineFamily({
  modelType: 'imagebind',
  architectures: ['ImageBindModel'],
  kind: 'encoder',
  config: imageBindConfig,
  build: (c) => new ImageBind(c),
  ignore: () => [/^modality_preprocessors\.text\.mask$/],
});
