// A detecting network: how pixels go in and how boxes come out. One row for each; `networkDetector` does the rest.
import { openImage } from '../../media/image.js';
import { resize } from '../../media/resize.js';
import { selectRuntime } from '../../runtime/select.js';
import { throwIfAborted } from '../../util/errors.js';
import { cocoObjects } from '../coco-objects.js';
import { nonMaximum } from '../non-maximum.js';
import { clipBox } from './boxes.js';
/** The labels of both networks, in the order of their numbers: the 80 of COCO, under the ids of `cocoObjects`. */
export const COCO_LABELS = cocoObjects.map(({ id }) => id);
/** A detector of a network whose ONNX file is `model`. Errors: those of the runtime and of `openImage`. */
export async function networkDetector(row, model, { least = 0.2, threads } = {}) {
    const runtime = await selectRuntime();
    const session = await runtime.load(model, threads === undefined ? {} : { threads });
    return {
        name: row.name,
        labels: COCO_LABELS,
        async detect(part, { signal } = {}) {
            const image = await openImage(part.source, {}, signal);
            throwIfAborted(signal);
            const outputs = await session.run(row.prepare(resize(image, row.width, row.height, 'bilinear')));
            const scale = ([x1, y1, x2, y2]) => {
                const [sx, sy] = [image.width / row.width, image.height / row.height];
                return [x1 * sx, y1 * sy, x2 * sx, y2 * sy];
            };
            const found = row.read(outputs, { least, labels: COCO_LABELS.length }).flatMap(({ label, score, box }) => {
                const inside = clipBox(scale(box), [image.width, image.height]);
                return inside ? [{ label: COCO_LABELS[label], score, box: inside }] : [];
            });
            return nonMaximum(found);
        },
        dispose: () => session.dispose(),
    };
}
//# sourceMappingURL=network.js.map