// Experts by name: detectors and readers whose networks are in the cache of assets.

import { join } from 'node:path';
import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import type { DetectorVerdictOptions } from '../verifier.js';
import { agreeingDetector } from './agreement.js';
import { type AssetOptions, openAsset } from './assets.js';
import { blazeface } from './blazeface.js';
import { centernet } from './centernet.js';
import { nanodet } from './nanodet.js';
import { COCO_LABELS, type NetworkDetectorOptions, type NetworkRow, networkDetector, type OpenDetector } from './network.js';
import { openOcr } from './ocr.js';
import type { OpenReader } from './reader.js';

const ROWS: Readonly<Record<string, NetworkRow>> = { nanodet, centernet, blazeface };
/** What `both` means. */
const BOTH = ['nanodet', 'centernet'];

/** The detectors that `openDetector` knows. */
export const DETECTOR_NAMES = Object.keys(ROWS);

export type ExpertOptions = NetworkDetectorOptions & Pick<AssetOptions, 'cacheDir'>;

/** A detector with the thresholds that its scores are read by. */
export type NamedDetector = OpenDetector & { readonly verdicts: Required<DetectorVerdictOptions> };

/**
 * Thresholds of each: found from `threshold` on, absent below `doubt`, in between unknown. Those of the networks are what their authors show
 * boxes from; of two that agree it is the mean, which one alone reaches only when it is very sure.
 */
const ALONE = { threshold: 0.4, doubt: 0.25 };
const TOGETHER = { threshold: 0.35, doubt: 0.12 };

/**
 * A detector by name: `nanodet`, `centernet`, `blazeface` (faces), or several by commas (`nanodet,centernet`), which then must agree. Nothing is fetched. Errors:
 * `trust.detector`, `trust.asset`, those of the runtime.
 */
export async function openDetector(name: string, options: ExpertOptions = {}): Promise<NamedDetector> {
  const names = [...new Set(name === 'both' ? BOTH : name.split(',').map((part) => part.trim()))];
  for (const one of names)
    if (!Object.hasOwn(ROWS, one))
      throw new SensoriumError('trust.detector', 'there is no such detector', {
        place: name,
        expected: `${DETECTOR_NAMES.join(', ')}, or several by commas`,
        got: one || 'nothing',
        hint: one ? `Did you mean ${nearest(one, DETECTOR_NAMES)}?` : undefined,
      });
  const known = names.map((one) => (ROWS[one] as NetworkRow).labels ?? COCO_LABELS);
  if (!known[0]?.some((label) => known.every((labels) => labels.includes(label))))
    throw new SensoriumError('trust.detector', 'these detectors find nothing in common, so they cannot agree', {
      place: name,
      expected: `one of them, or ${BOTH.join(',')}`,
      got: names.map((one, i) => `${one}: ${known[i]?.length === 1 ? known[i]?.[0] : `${known[i]?.length} objects`}`).join('; '),
    });
  const folders: string[] = [];
  for (const one of names) folders.push(await openAsset(one, options));
  const opened: OpenDetector[] = [];
  const dispose = (): void => {
    for (const detector of opened) detector.dispose();
  };
  try {
    for (const [i, one] of names.entries())
      opened.push(await networkDetector(ROWS[one] as NetworkRow, join(folders[i] as string, 'model.onnx'), options));
  } catch (error) {
    dispose();
    throw error;
  }
  if (opened.length === 1) return { ...(opened[0] as OpenDetector), verdicts: (ROWS[names[0] as string] as NetworkRow).verdicts ?? ALONE };
  return { name: names.join(','), ...agreeingDetector(opened), dispose, verdicts: TOGETHER };
}

/** The reader of printed text, PP-OCRv4. Nothing is fetched. Errors: `trust.asset`, those of the runtime. */
export async function openReader(options: Pick<AssetOptions, 'cacheDir'> & { threads?: number } = {}): Promise<OpenReader> {
  return openOcr(await openAsset('pp-ocrv4', options), options);
}
