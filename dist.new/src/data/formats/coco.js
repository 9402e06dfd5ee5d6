// COCO: captions, or the objects of each image, in one JSON object of images and annotations.
import { openCoco } from '../coco-table.js';
import { writeCaptions } from '../coco-writer.js';
import { readColumns } from '../columns.js';
/** Questions of rows without one: for captions, for names of objects, for boxes. */
const QUESTIONS = { names: 'Which objects are in the image?', boxes: 'Find the objects in the image and give the box of each.' };
/** COCO captions and instances. Written: captions. */
export const coco = {
    name: 'coco',
    summary: 'COCO captions, or instances as names or boxes of objects',
    target: 'folder',
    detect: ({ kind, head }) => kind === 'json' &&
        /^\ufeff?\s*\{\s*"(?:info|licenses|categories|annotations|type|images)"\s*:/.test(head) &&
        !/^\ufeff?\s*\{\s*"images"\s*:\s*(?:"|\[\s*"|\[\s*\{\s*"(?:bytes|path)")/.test(head) &&
        !/"(?:messages|conversations|texts)"\s*:/.test(head),
    open: openCoco,
    read: (record, context, options) => {
        const prompt = options.prompt ?? ('label' in record ? QUESTIONS[options.objects ?? 'names'] : undefined);
        return readColumns(record, context, { prompt });
    },
    write: writeCaptions,
};
//# sourceMappingURL=coco.js.map