// The row of our generator of images.

import { defineFamily } from '../../family.js';
import { generatorConfig, SensoriumGenerator } from '../../generators/generator.js';

/** A flow from noise to images, with the text tower that conditions it. */
export const sensoriumGeneratorFamily = defineFamily({
  modelType: 'sensorium_generator',
  architectures: ['SensoriumForImageGeneration'],
  kind: 'encoder',
  config: generatorConfig,
  build: (c) => new SensoriumGenerator(c),
});
