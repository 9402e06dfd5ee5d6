// CenterNet (Zhou et al. 2019) over MobileNetV3: the hundred highest peaks of its heat maps, decoded by the graph itself.

import type { RgbImage } from '../../media/image.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import type { NetworkRow, RawDetection } from './network.js';

const SIDE = 512;
const FIELDS = 6;

/** Rows of left, top, right, bottom, score, label. */
export function decodeCenternet(rows: Float32Array, { labels, least }: { labels: number; least: number }): RawDetection[] {
  const out: RawDetection[] = [];
  for (let at = 0; at + FIELDS <= rows.length; at += FIELDS) {
    const [left, top, right, bottom, score, label] = rows.subarray(at, at + FIELDS) as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    if (score >= least && label >= 0 && label < labels) out.push({ label: Math.round(label), score, box: [left, top, right, bottom] });
  }
  return out;
}

/** Bytes as they are, channels last. */
function prepare({ data }: RgbImage): HostTensor {
  return hostTensor('float32', [1, SIDE, SIDE, 3], Float32Array.from(data));
}

/** The network as a row of detectors. */
export const centernet: NetworkRow = {
  name: 'centernet',
  width: SIDE,
  height: SIDE,
  prepare: (image) => ({ 'tower_0/images': prepare(image) }),
  read: (outputs, options) => decodeCenternet(outputs['tower_0/detections']?.data as Float32Array, options),
};
