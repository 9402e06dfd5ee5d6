// Of detections that lie on one another, the surest.
import { iou } from '../evaluate/metrics/boxes.js';
/**
 * Non-maximum suppression of each label apart: a detection goes where a surer one of its label overlaps it by more than `overlap` (default
 * 0.5). The rest, the surest first.
 */
export function nonMaximum(detections, overlap = 0.5) {
    const kept = [];
    for (const detection of [...detections].sort((a, b) => b.score - a.score))
        if (!kept.some(({ label, box }) => label === detection.label && iou(box, detection.box) > overlap))
            kept.push(detection);
    return kept;
}
//# sourceMappingURL=non-maximum.js.map