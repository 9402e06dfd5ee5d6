// An estimator of depth from a user's folder: the ONNX export of Depth Anything (Yang et al. 2024), DPT (Ranftl et al. 2021) or another of their form, with its preprocessor.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { RESAMPLE_CODES, type RgbImage, resize } from '../media/index.js';
import { selectRuntime } from '../runtime/select.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import { hostTensor } from '../util/host.js';
import type { DepthEstimator } from './equipment.js';

/** Where exports have their network. */
const FILES = ['model.onnx', 'onnx/model.onnx'];
/** Pixels of the input at most. */
const MAX_PIXELS = 4_000_000;

const three = z.array(z.number()).length(3);
const preprocessor = z.object({
  size: z
    .union([z.object({ height: z.number().int().positive(), width: z.number().int().positive() }), z.number().int().positive()])
    .default(384),
  keep_aspect_ratio: z.boolean().default(false),
  ensure_multiple_of: z.number().int().positive().default(1),
  resample: z.number().int().default(3),
  do_rescale: z.boolean().default(true),
  rescale_factor: z.number().default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: three.default([0.5, 0.5, 0.5]),
  image_std: three.default([0.5, 0.5, 0.5]),
});
/** The keys of DPTImageProcessor that count. */
export type DepthPreprocessor = z.infer<typeof preprocessor>;

/** The size of the input for an image: that of the config, or the side closer to it decides and the shape is kept; in whole multiples (DPTImageProcessor). */
export function depthInputSize(image: { width: number; height: number }, config: DepthPreprocessor): { width: number; height: number } {
  const { size, keep_aspect_ratio, ensure_multiple_of: step } = config;
  const wanted = typeof size === 'number' ? { width: size, height: size } : size;
  let [x, y] = [wanted.width / image.width, wanted.height / image.height];
  if (keep_aspect_ratio) [x, y] = Math.abs(1 - x) < Math.abs(1 - y) ? [x, x] : [y, y];
  const whole = (length: number): number => Math.max(1, evenRound(length / step)) * step;
  return { width: whole(x * image.width), height: whole(y * image.height) };
}
/** Halves go to the even number, as in Python. */
const evenRound = (value: number): number => (Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));

/** An estimator that holds a session. */
export interface OpenDepth extends DepthEstimator {
  dispose(): void;
}

/**
 * Opens a folder with `model.onnx` (or `onnx/model.onnx`), `preprocessor_config.json` and, if need be, `config.json`: pixels [1, 3, height, width] to a map
 * [1, height, width]. A map of inverse depth, as these networks give where `depth_estimation_type` is not `metric`, is turned over: larger is farther. Relative
 * depth has no unit, metric depth is in meters. Errors: `agent.equipment` for a folder that has no such network, those of the runtime.
 */
export async function openDepth(folder: string, { threads }: { threads?: number } = {}): Promise<OpenDepth> {
  const wrong = (summary: string, expected: string, got: string): SensoriumError =>
    new SensoriumError('agent.equipment', summary, { place: folder, expected, got });
  const file = FILES.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (!file) throw wrong('the folder has no network for depth', FILES.join(' or '), 'neither');
  const config = preprocessor.safeParse(await readJson<unknown>(join(folder, 'preprocessor_config.json')));
  if (!config.success) {
    const [issue] = config.error.issues;
    throw wrong(
      'this is not the preprocessor of a network for depth',
      'the keys of DPTImageProcessor',
      `${issue?.path.join('.')}: ${issue?.message}`,
    );
  }
  const own = config.data;
  const about = join(folder, 'config.json');
  const kind = existsSync(about) ? (await readJson<{ depth_estimation_type?: unknown }>(about)).depth_estimation_type : undefined;
  const farther = kind === 'metric' ? 1 : -1;
  const filter = RESAMPLE_CODES[own.resample];
  if (!filter) throw wrong('there is no such way to resample', RESAMPLE_CODES.filter(Boolean).join(', '), String(own.resample));
  const session = await (await selectRuntime()).load(file, threads === undefined ? {} : { threads });
  const [input, output] = [session.inputs[0]?.name, session.outputs[0]?.name];
  if (session.inputs.length !== 1 || input === undefined || output === undefined) {
    session.dispose();
    throw wrong('this network takes other inputs', 'pixel_values alone', session.inputs.map(({ name }) => name).join(', '));
  }
  const [scale, mean, std] = [
    own.do_rescale ? own.rescale_factor : 1,
    own.do_normalize ? own.image_mean : [0, 0, 0],
    own.do_normalize ? own.image_std : [1, 1, 1],
  ];
  return {
    async estimate(image: RgbImage, signal) {
      throwIfAborted(signal);
      const { width, height } = depthInputSize(image, own);
      if (width * height > MAX_PIXELS)
        throw new SensoriumError('agent.argument', 'the image is too long for this network', {
          expected: `at most ${MAX_PIXELS} pixels of input`,
          got: `${width}x${height}`,
        });
      const { data } = resize(image, width, height, filter);
      const plane = width * height;
      const pixels = hostTensor('float32', [1, 3, height, width]);
      for (let c = 0; c < 3; c++)
        for (let i = 0; i < plane; i++)
          pixels.data[c * plane + i] = ((data[3 * i + c] as number) * scale - (mean[c] as number)) / (std[c] as number);
      const found = (await session.run({ [input]: pixels }))[output];
      const shape = (found?.shape ?? []).filter((side) => side !== 1);
      const [rows, columns] = shape.slice(-2);
      if (!found || !(found.data instanceof Float32Array) || shape.length !== 2 || rows === undefined || columns === undefined)
        throw wrong(
          'this network gives something else than a map',
          'float32 [1, height, width]',
          `${found?.dtype} [${found?.shape.join(', ')}]`,
        );
      const map = found.data.map((value) => farther * value);
      return { width: image.width, height: image.height, data: stretched(map, { width: columns, height: rows }, image) };
    },
    dispose: () => session.dispose(),
  };
}

interface Size {
  width: number;
  height: number;
}

/** A map in another size, bilinear between the middles of its pixels. */
export function stretched(map: Float32Array, from: Size, to: Size): Float32Array {
  const out = new Float32Array(to.width * to.height);
  const at = (i: number, length: number, size: number): [number, number, number] => {
    const place = Math.min(length - 1, Math.max(0, ((i + 0.5) * length) / size - 0.5));
    const first = Math.floor(place);
    return [first, Math.min(length - 1, first + 1), place - first];
  };
  for (let y = 0; y < to.height; y++) {
    const [top, bottom, v] = at(y, from.height, to.height);
    for (let x = 0; x < to.width; x++) {
      const [left, right, u] = at(x, from.width, to.width);
      const row = (r: number): number => (map[r * from.width + left] as number) * (1 - u) + (map[r * from.width + right] as number) * u;
      out[y * to.width + x] = row(top) * (1 - v) + row(bottom) * v;
    }
  }
  return out;
}
