// The processor of each multimodal family, by model_type: a new family adds a row here and one in models/families.ts.

import { SensoriumError } from '../../util/errors.js';
import { blipProcessor } from './blip.js';
import { fuyuProcessor } from './fuyu.js';
import { idefics2Processor } from './idefics2.js';
import { idefics3Processor } from './idefics3.js';
import { kosmos2Processor } from './kosmos2.js';
import { llavaProcessor } from './llava.js';
import { tilesProcessor } from './llava-tiles.js';
import type { MultimodalProcessor, ProcessorSource } from './processor.js';
import { qwenVlProcessor } from './qwen-vl.js';

type Make = (source: ProcessorSource<never, never>) => Promise<MultimodalProcessor>;

const makers: Readonly<Record<string, Make>> = {
  'blip-2': blipProcessor,
  instructblip: blipProcessor,
  fuyu: fuyuProcessor,
  'kosmos-2': kosmos2Processor,
  idefics2: idefics2Processor,
  idefics3: idefics3Processor,
  smolvlm: idefics3Processor,
  qwen2_vl: qwenVlProcessor,
  qwen2_5_vl: qwenVlProcessor,
  llava: llavaProcessor,
  llava_next: tilesProcessor,
  llava_onevision: tilesProcessor,
  sensorium_llava: llavaProcessor,
};

/** Makes the processor of a folder. Errors: `generate.processor` for a family without one, `media.config`, `util.missing`. */
export async function processorOf(modelType: string, source: ProcessorSource): Promise<MultimodalProcessor> {
  const make = Object.hasOwn(makers, modelType) ? makers[modelType] : undefined;
  if (!make)
    throw new SensoriumError('generate.processor', 'models of this family cannot be asked about images', {
      place: source.dir,
      expected: `model_type ${Object.keys(makers).join(', ')}`,
      got: modelType,
    });
  return make(source as ProcessorSource<never, never>);
}
