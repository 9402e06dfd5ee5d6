// Writes captions in COCO's layout: images with their sizes, and an annotation for each conversation.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { mediaOf } from './dataset.js';
import { plainPair } from './formats/turns.js';
import { DATA_FILES, eachConversation, Lost } from './json-writer.js';
import { MediaWriter } from './media-writer.js';
import { RowError } from './row.js';
import { writeDataFolder } from './target.js';
/** The question that captions have when they are read; another one is lost. */
const QUESTION = 'Describe the image.';
/**
 * Writes `captions.json` and the images beside it. A conversation must be one image, a question and an answer, which becomes the caption:
 * `data.row` for any other. Questions are lost, and ids that are not numbers.
 */
export function writeCaptions(dir, conversations, options) {
    return writeDataFolder(dir, { force: options.force, marks: DATA_FILES }, async (temporary) => {
        const writer = new MediaWriter(temporary, 'images');
        const images = new Map();
        const annotations = [];
        const lost = new Lost();
        const ids = new Set();
        let next = 1;
        const rows = await eachConversation(conversations, options, async (conversation) => {
            const pair = plainPair(conversation);
            const [media, ...more] = mediaOf(conversation);
            if (!pair || media?.type !== 'image' || more.length > 0)
                throw new RowError(conversation.at, undefined, 'COCO has captions only', {
                    expected: 'one image, a question and its answer',
                    hint: 'Write it as llava',
                });
            const name = await writer.add(media, conversation, 0, 1);
            let image = images.get(name);
            if (!image) {
                const { width, height } = await sharp(join(temporary, name))
                    .metadata()
                    .catch((cause) => {
                    throw new RowError(conversation.at, media.origin.key, 'the image cannot be read', { cause });
                });
                image = { id: images.size + 1, file_name: name, width, height };
                images.set(name, image);
            }
            const given = Number(conversation.id);
            const isFree = Number.isSafeInteger(given) && String(given) === conversation.id && !ids.has(given);
            while (!isFree && ids.has(next))
                next++;
            const id = isFree ? given : next;
            ids.add(id);
            annotations.push({ id, image_id: image.id, caption: pair.answer });
            lost.add([...Object.keys(conversation.extra ?? {}), ...(pair.question === QUESTION ? [] : ['question']), ...(isFree ? [] : ['id'])]);
        });
        const text = (list) => `[\n${list.map((entry) => JSON.stringify(entry)).join(',\n')}\n]`;
        await writeFile(join(temporary, 'captions.json'), `{"info": {}, "images": ${text([...images.values()])}, "annotations": ${text(annotations)}}\n`);
        return { rows, lost: lost.counts };
    });
}
//# sourceMappingURL=coco-writer.js.map