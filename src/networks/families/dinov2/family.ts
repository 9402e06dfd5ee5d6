// The row of DINOv2.

import { Dinov2, dinov2Config } from '../../encoders/dinov2.js';
import { defineFamily } from '../../family.js';
import { withinNames } from '../../names.js';

/** DINOv2 without a classifier. */
export const dinov2Family = defineFamily({
  modelType: 'dinov2',
  architectures: ['Dinov2Model', 'Dinov2ForImageClassification'],
  kind: 'encoder',
  config: dinov2Config,
  build: (c) => new Dinov2(c),
  names: withinNames('dinov2'),
  ignore: () => [/^classifier\./],
});
