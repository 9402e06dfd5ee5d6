// Pictures as the tower of a LLaVA takes them: processed, of its size, one after the other.

import { type Canvas, type ImageProcessor, processOff, type RgbImage } from '../../../media/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { type HostTensor, hostTensor } from '../../../util/host.js';

/** Errors: `model.processor` where the processor makes of this size another than the side that the tower takes. */
export function assertTowerSize(size: { width: number; height: number }, processor: ImageProcessor, side: number): void {
  const { width, height } = processor.outputSize(size);
  if (width !== side || height !== side)
    throw new SensoriumError('model.processor', 'the image processor makes pictures of another size than the model takes', {
      place: 'preprocessor_config.json: size, crop_size',
      expected: `${side}x${side} (image_size of vision_config)`,
      got: `${width}x${height}`,
    });
}

/** Pictures, or the canvas that the one picture lies on, as a tower takes them: [pictures, 3, side, side]. Errors: `model.processor`. */
export async function towerPixels(
  pictures: readonly RgbImage[],
  processor: ImageProcessor,
  side: number,
  { canvas, signal }: { canvas?: Canvas; signal?: AbortSignal } = {},
): Promise<HostTensor<'float32'>> {
  for (const picture of pictures) assertTowerSize(canvas ?? picture, processor, side);
  const each: Float32Array[] = [];
  for (const picture of pictures) each.push(await processOff(processor, 'process', [picture, canvas], { signal }));
  if (each.length === 1) return hostTensor('float32', [1, 3, side, side], each[0] as Float32Array);
  const pixels = hostTensor('float32', [pictures.length, 3, side, side]);
  for (const [i, picture] of each.entries()) pixels.data.set(picture, i * 3 * side * side);
  return pixels;
}
