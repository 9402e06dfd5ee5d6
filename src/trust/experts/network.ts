// A detecting network: how pixels go in and how boxes come out. One row for each; `networkDetector` does the rest.

import { type ImagePart, openImage, type RgbImage } from '../../media/image.js';
import { resize } from '../../media/resize.js';
import type { Session } from '../../runtime/runtime.js';
import { selectRuntime } from '../../runtime/select.js';
import { throwIfAborted } from '../../util/errors.js';
import type { HostTensor } from '../../util/host.js';
import { cocoObjects } from '../coco-objects.js';
import { nonMaximum } from '../non-maximum.js';
import type { TruthBox } from '../truth.js';
import type { Detection, Detector, DetectorVerdictOptions } from '../verifier.js';
import { clipBox } from './boxes.js';

/** A box in pixels of the network's input, with the number of its label. */
export interface RawDetection {
  label: number;
  score: number;
  box: TruthBox;
}

/** What one network needs. */
export interface NetworkRow {
  readonly name: string;
  /** Its input, in pixels. */
  readonly width: number;
  readonly height: number;
  /** How an image comes into it: stretched, or whole in its shape, in the middle of black. Default `stretched`. */
  readonly fit?: 'stretched' | 'inside';
  /** What it finds, in the order of the numbers. Default: the 80 objects of COCO. */
  readonly labels?: readonly string[];
  /** A box goes where a surer one overlaps it by more. Default 0.5. */
  readonly overlap?: number;
  /** How its scores are read. Default: 0.4 and 0.25. */
  readonly verdicts?: Required<DetectorVerdictOptions>;
  /** The feeds for an image of that size. */
  prepare(image: RgbImage): Record<string, HostTensor>;
  read(outputs: Readonly<Record<string, HostTensor>>, options: { least: number; labels: number }): RawDetection[];
}

/** A detector that holds a session. */
export interface OpenDetector extends Detector {
  readonly name: string;
  dispose(): void;
}

export interface NetworkDetectorOptions {
  /** Least score of what is given. Default 0.2: what is to be believed is for the verifier to say. */
  least?: number;
  /** Threads of ONNX Runtime. */
  threads?: number;
}

/** The labels of NanoDet and CenterNet, in the order of their numbers: the 80 of COCO, under the ids of `cocoObjects`. */
export const COCO_LABELS: readonly string[] = cocoObjects.map(({ id }) => id);

/** A detector of a network whose ONNX file is `model`. Errors: those of the runtime and of `openImage`. */
export async function networkDetector(
  row: NetworkRow,
  model: string,
  { least = 0.2, threads }: NetworkDetectorOptions = {},
): Promise<OpenDetector> {
  const labels = row.labels ?? COCO_LABELS;
  const runtime = await selectRuntime();
  const session: Session = await runtime.load(model, threads === undefined ? {} : { threads });
  return {
    name: row.name,
    labels,
    async detect(part: ImagePart, { signal } = {}): Promise<Detection[]> {
      const image = await openImage(part.source, {}, signal);
      throwIfAborted(signal);
      const { part: own, left, top, across, down } = placed(image, row);
      const outputs = await session.run(row.prepare(own));
      const scale = ([x1, y1, x2, y2]: TruthBox): TruthBox => [
        (x1 - left) * across,
        (y1 - top) * down,
        (x2 - left) * across,
        (y2 - top) * down,
      ];
      const found = row.read(outputs, { least, labels: labels.length }).flatMap(({ label, score, box }): Detection[] => {
        const inside = clipBox(scale(box), [image.width, image.height]);
        return inside ? [{ label: labels[label] as string, score, box: inside }] : [];
      });
      return nonMaximum(found, row.overlap);
    },
    dispose: () => session.dispose(),
  };
}

/** An image as the input of a network, where it begins in it, and how many of its pixels one of the input is. */
export function placed(
  image: RgbImage,
  { width, height, fit }: Pick<NetworkRow, 'width' | 'height' | 'fit'>,
): { part: RgbImage; left: number; top: number; across: number; down: number } {
  const shrink = Math.min(width / image.width, height / image.height);
  const whole = (side: number, most: number): number => Math.min(most, Math.max(1, Math.round(side * shrink)));
  const [w, h] = fit === 'inside' ? [whole(image.width, width), whole(image.height, height)] : [width, height];
  const [left, top] = [Math.floor((width - w) / 2), Math.floor((height - h) / 2)];
  const own = resize(image, w, h, 'bilinear');
  const part = { width, height, data: new Uint8Array(width * height * 3) };
  for (let y = 0; y < h; y++) part.data.set(own.data.subarray(y * w * 3, (y + 1) * w * 3), ((y + top) * width + left) * 3);
  return { part, left, top, across: image.width / w, down: image.height / h };
}
