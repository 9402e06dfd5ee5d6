// BlazeFace (Bazarevsky et al. 2019), the model of MediaPipe for the camera at the back: faces by 896 anchors over two grids.

import type { RgbImage } from '../../media/image.js';
import { hostTensor } from '../../util/host.js';
import type { TruthBox } from '../truth.js';
import type { NetworkRow, RawDetection } from './network.js';

const SIDE = 256;
/** Cells of a side of each grid, and anchors of a cell. All anchors of a cell are its middle, and as large as the input. */
const GRIDS = [
  { side: 16, anchors: 2 },
  { side: 8, anchors: 6 },
] as const;
/** Numbers of an anchor: middle and size of the box, then six points of the face. */
const FIELDS = 16;

/** The faces of one grid with at least `least`, in pixels of the network's input. Places are pixels from the middle of the cell, scores are logits. */
export function decodeBlazeface(
  logits: Float32Array,
  places: Float32Array,
  { side, anchors, least }: { side: number; anchors: number; least: number },
): RawDetection[] {
  const out: RawDetection[] = [];
  for (const [i, logit] of logits.entries()) {
    const score = 1 / (1 + Math.exp(-logit));
    if (score < least) continue;
    const cell = Math.floor(i / anchors);
    const [dx, dy, width, height] = places.subarray(i * FIELDS, i * FIELDS + 4) as unknown as [number, number, number, number];
    const x = (((cell % side) + 0.5) * SIDE) / side + dx;
    const y = ((Math.floor(cell / side) + 0.5) * SIDE) / side + dy;
    const box: TruthBox = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
    out.push({ label: 0, score, box });
  }
  return out;
}

/** Channels last, in -1..1. */
const prepare = ({ data }: RgbImage) =>
  hostTensor(
    'float32',
    [1, SIDE, SIDE, 3],
    Float32Array.from(data, (v) => v / 127.5 - 1),
  );

/** The network as a row of detectors: of one label, with thresholds that MediaPipe shows faces from. */
export const blazeface: NetworkRow = {
  name: 'blazeface',
  width: SIDE,
  height: SIDE,
  labels: ['face'],
  fit: 'inside',
  overlap: 0.3,
  verdicts: { threshold: 0.65, doubt: 0.4 },
  prepare: (image) => ({ input: prepare(image) }),
  read(outputs, { least }) {
    return GRIDS.flatMap(({ side, anchors }) => {
      const of = (width: number): Float32Array =>
        Object.values(outputs).find(({ shape }) => shape[1] === side * side * anchors && shape[2] === width)?.data as Float32Array;
      return decodeBlazeface(of(1), of(FIELDS), { side, anchors, least });
    });
  },
};
