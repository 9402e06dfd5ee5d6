// Experts by name: detectors and readers whose networks are in the cache of assets.
import { join } from 'node:path';
import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import { agreeingDetector } from './agreement.js';
import { openAsset } from './assets.js';
import { centernet } from './centernet.js';
import { nanodet } from './nanodet.js';
import { networkDetector } from './network.js';
import { openOcr } from './ocr.js';
const ROWS = { nanodet, centernet };
/** The detectors that `openDetector` knows. */
export const DETECTOR_NAMES = Object.keys(ROWS);
/**
 * Thresholds of each: found from `threshold` on, absent below `doubt`, in between unknown. Those of the networks are what their authors show
 * boxes from; of two that agree it is the mean, which one alone reaches only when it is very sure.
 */
const ALONE = { threshold: 0.4, doubt: 0.25 };
const TOGETHER = { threshold: 0.35, doubt: 0.12 };
/**
 * A detector by name: `nanodet`, `centernet`, or several by commas (`nanodet,centernet`), which then must agree. Nothing is fetched. Errors:
 * `trust.detector`, `trust.asset`, those of the runtime.
 */
export async function openDetector(name, options = {}) {
    const names = [...new Set(name === 'both' ? DETECTOR_NAMES : name.split(',').map((part) => part.trim()))];
    for (const one of names)
        if (!Object.hasOwn(ROWS, one))
            throw new SensoriumError('trust.detector', 'there is no such detector', {
                place: name,
                expected: `${DETECTOR_NAMES.join(', ')}, or several by commas`,
                got: one || 'nothing',
                hint: one ? `Did you mean ${nearest(one, DETECTOR_NAMES)}?` : undefined,
            });
    const folders = [];
    for (const one of names)
        folders.push(await openAsset(one, options));
    const opened = [];
    const dispose = () => {
        for (const detector of opened)
            detector.dispose();
    };
    try {
        for (const [i, one] of names.entries())
            opened.push(await networkDetector(ROWS[one], join(folders[i], 'model.onnx'), options));
    }
    catch (error) {
        dispose();
        throw error;
    }
    if (opened.length === 1)
        return { ...opened[0], verdicts: ALONE };
    return { name: names.join(','), ...agreeingDetector(opened), dispose, verdicts: TOGETHER };
}
/** The reader of printed text, PP-OCRv4. Nothing is fetched. Errors: `trust.asset`, those of the runtime. */
export async function openReader(options = {}) {
    return openOcr(await openAsset('pp-ocrv4', options), options);
}
//# sourceMappingURL=open.js.map