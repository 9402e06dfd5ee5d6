// CenterNet (Zhou et al. 2019) over MobileNetV3: the hundred highest peaks of its heat maps, decoded by the graph itself.
import { hostTensor } from '../../util/host.js';
const SIDE = 512;
const FIELDS = 6;
/** Rows of left, top, right, bottom, score, label. */
export function decodeCenternet(rows, { labels, least }) {
    const out = [];
    for (let at = 0; at + FIELDS <= rows.length; at += FIELDS) {
        const [left, top, right, bottom, score, label] = rows.subarray(at, at + FIELDS);
        if (score >= least && label >= 0 && label < labels)
            out.push({ label: Math.round(label), score, box: [left, top, right, bottom] });
    }
    return out;
}
/** Bytes as they are, channels last. */
function prepare({ data }) {
    return hostTensor('float32', [1, SIDE, SIDE, 3], Float32Array.from(data));
}
/** The network as a row of detectors. */
export const centernet = {
    name: 'centernet',
    width: SIDE,
    height: SIDE,
    prepare: (image) => ({ 'tower_0/images': prepare(image) }),
    read: (outputs, options) => decodeCenternet(outputs['tower_0/detections']?.data, options),
};
//# sourceMappingURL=centernet.js.map