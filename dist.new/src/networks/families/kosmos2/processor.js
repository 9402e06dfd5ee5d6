// Kosmos-2: an image of a fixed number of tokens before the text, and replies in which phrases are tied to boxes by patch-index tokens.
import { ClipImageProcessor, processOff } from '../../../media/index.js';
import { readGrounded } from '../../../text/grounding.js';
import { oneImage, textOf } from '../../../text/plain-text.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom, requiredToken } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
/** Kosmos2Processor. Tags in a text, such as `<grounding>`, are the tokens that they spell: that is how this model is asked for boxes. */
export class Kosmos2Processor {
    imageTokenId;
    images;
    parts;
    joins = true;
    marked = false;
    reply = { special: true, space: true };
    template = "{% for message in messages %}{{ message['content'] }}{% endfor %}";
    everyImage;
    rows;
    constructor(imageTokenId, images, parts) {
        this.imageTokenId = imageTokenId;
        this.images = images;
        this.parts = parts;
        const { end, first, latents } = parts;
        this.everyImage = [imageTokenId, ...Array.from({ length: latents }, (_, i) => first + i), end];
        this.rows = Array.from({ length: latents }, (_, i) => 1 + i);
    }
    prepare(images) {
        const { side } = this.parts;
        const pixelsOf = async (image) => hostTensor('float32', [1, 3, side, side], await processOff(this.images, 'process', [image]));
        return images.map((image) => ({
            ids: this.everyImage,
            rows: this.rows,
            feeds: feedsFrom({ pixels: () => pixelsOf(image) }),
        }));
    }
    prompt(messages, images) {
        oneImage(images.length);
        const seen = images[0] ?? [];
        const text = textOf(messages).trim();
        const ids = this.parts.tokenizer.encode(seen.length > 0 ? ` ${text}` : text, { special: true });
        return { ids: Int32Array.from([this.parts.begin, ...seen, ...ids]), imageRuns: images.map(() => [1, seen.length]) };
    }
    readReply(text) {
        return readGrounded(text, Math.floor(Math.sqrt(this.parts.patches)));
    }
}
/** The processor of a folder. Errors: `text.fit` for a tokenizer without Kosmos' tokens, `media.config`. */
export async function kosmos2Processor({ dir, config, tokenizer }) {
    const { image, place, processor } = await readProcessorConfigs(dir);
    const images = ClipImageProcessor.fromConfig(image, place);
    const id = (name) => requiredToken(tokenizer, name);
    const patches = typeof processor.num_patch_index_tokens === 'number' ? processor.num_patch_index_tokens : 1024;
    return new Kosmos2Processor(id('<image>'), images, {
        tokenizer,
        begin: id('<s>'),
        end: id('</image>'),
        first: id('<unk>') + 1,
        latents: config.latent_query_num,
        side: config.vision_config.image_size,
        patches,
    });
}
//# sourceMappingURL=processor.js.map