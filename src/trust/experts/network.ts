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
import type { Detection, Detector } from '../verifier.js';
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
  /** Its input, in pixels: images are stretched to it. */
  readonly width: number;
  readonly height: number;
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

/** The labels of both networks, in the order of their numbers: the 80 of COCO, under the ids of `cocoObjects`. */
export const COCO_LABELS: readonly string[] = cocoObjects.map(({ id }) => id);

/** A detector of a network whose ONNX file is `model`. Errors: those of the runtime and of `openImage`. */
export async function networkDetector(
  row: NetworkRow,
  model: string,
  { least = 0.2, threads }: NetworkDetectorOptions = {},
): Promise<OpenDetector> {
  const runtime = await selectRuntime();
  const session: Session = await runtime.load(model, threads === undefined ? {} : { threads });
  return {
    name: row.name,
    labels: COCO_LABELS,
    async detect(part: ImagePart, { signal } = {}): Promise<Detection[]> {
      const image = await openImage(part.source, {}, signal);
      throwIfAborted(signal);
      const outputs = await session.run(row.prepare(resize(image, row.width, row.height, 'bilinear')));
      const scale = ([x1, y1, x2, y2]: TruthBox): TruthBox => {
        const [sx, sy] = [image.width / row.width, image.height / row.height];
        return [x1 * sx, y1 * sy, x2 * sx, y2 * sy];
      };
      const found = row.read(outputs, { least, labels: COCO_LABELS.length }).flatMap(({ label, score, box }): Detection[] => {
        const inside = clipBox(scale(box), [image.width, image.height]);
        return inside ? [{ label: COCO_LABELS[label] as string, score, box: inside }] : [];
      });
      return nonMaximum(found);
    },
    dispose: () => session.dispose(),
  };
}
