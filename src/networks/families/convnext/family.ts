// The rows of ConvNeXt.

import { ConvNext, convNextConfig } from '../../encoders/convnext.js';
import { defineFamily } from '../../family.js';
import { withinNames } from '../../names.js';

/** ConvNeXt without its classifier. */
export const convNextFamily = defineFamily({
  modelType: 'convnext',
  architectures: ['ConvNextModel', 'ConvNextForImageClassification'],
  kind: 'encoder',
  config: convNextConfig,
  build: (c) => new ConvNext(c),
  names: withinNames('convnext'),
  ignore: () => [/^classifier\./],
});
