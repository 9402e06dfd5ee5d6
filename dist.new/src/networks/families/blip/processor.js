// BLIP-2 and InstructBLIP: the image's tokens before the whole text, even before its beginning token; a question for the Q-Former.
import { join } from 'node:path';
import { blipImageProcessor, processOff } from '../../../media/index.js';
import { framedIds, Tokenizer } from '../../../text/index.js';
import { oneImage, textOf } from '../../../text/plain-text.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
/** What a prompt looks like as text; `BlipProcessor.prompt` writes its ids. */
const TEMPLATE = "{% for m in messages %}{% if m['content'] is not string %}{% for p in m['content'] %}{% if p['type'] == 'image' %}<image>{% endif %}" +
    "{% endfor %}{% endif %}{% endfor %}{% for m in messages %}{% if m['content'] is string %}{{ m['content'] }}{% else %}" +
    "{% for p in m['content'] %}{% if p['type'] == 'text' %}{{ p['text'] }}{% endif %}{% endfor %}{% endif %}" +
    '{% if not loop.last %} {% endif %}{% endfor %}';
/** Blip2Processor and, with a reader, InstructBlipProcessor. */
export class BlipProcessor {
    parts;
    template = TEMPLATE;
    reply = { space: true };
    imageTokenId;
    everyImage;
    /** Questions of different lengths cannot go through the Q-Former together. */
    joins;
    constructor(parts) {
        this.parts = parts;
        this.imageTokenId = parts.imageTokenId;
        this.everyImage = new Array(parts.queries).fill(parts.imageTokenId);
        this.joins = !parts.reader;
    }
    /** Errors: `model.images` for more than one image, which these models were not made for. */
    prompt(messages, images) {
        oneImage(images.length);
        const seen = images[0] ?? [];
        return {
            ids: Int32Array.from([...seen, ...framedIds(this.parts.tokenizer, textOf(messages))]),
            imageRuns: images.map(() => [0, seen.length]),
        };
    }
    prepare(images, messages) {
        const { reader } = this.parts;
        const question = reader && textOf(messages);
        const words = reader && question !== undefined ? this.instruction(question) : {};
        const instruction = Object.fromEntries(Object.entries(words).map(([name, tensor]) => [name, () => tensor]));
        const pixelsOf = async (image) => {
            const { width, height } = this.parts.images.outputSize(image);
            return hostTensor('float32', [1, 3, height, width], await processOff(this.parts.images, 'process', [image]));
        };
        return images.map((image) => ({
            ids: this.everyImage,
            feeds: feedsFrom({ pixels: () => pixelsOf(image), ...instruction }),
            variant: question,
        }));
    }
    /** The question as the Q-Former reads it. Errors: `generate.context` for one that is too long. */
    instruction(question) {
        const { tokenizer, positions } = this.parts.reader;
        const ids = framedIds(tokenizer, question);
        if (ids.length > positions)
            throw new SensoriumError('generate.context', 'the question is longer than the Q-Former can read', {
                expected: `at most ${positions} tokens`,
                got: String(ids.length),
                hint: 'Shorten the question',
            });
        const shape = [1, ids.length];
        return {
            instruction: hostTensor('int32', shape, Int32Array.from(ids)),
            instruction_mask: hostTensor('int32', shape, new Int32Array(ids.length).fill(1)),
        };
    }
}
/** The processor of a BLIP-2 or InstructBLIP folder, whatever its language model. Errors: `media.config`, `util.missing`, `text.*`. */
export async function blipProcessor({ dir, config, tokenizer, }) {
    const { image, place } = await readProcessorConfigs(dir);
    const images = blipImageProcessor(image, place);
    const expected = config.vision_config.image_size;
    const { width, height } = images.outputSize({ width: expected, height: expected });
    if (!images.config.do_resize || width !== expected || height !== expected)
        throw new SensoriumError('media.config', 'the image processor and the model disagree on the size of images', {
            place: `${place}: size`,
            expected: `${expected}x${expected}`,
            got: images.config.do_resize ? `${width}x${height}` : 'images of any size (do_resize is false)',
        });
    const positions = config.qformer_config.max_position_embeddings;
    const reads = config.model_type === 'instructblip';
    const reader = reads ? { tokenizer: await Tokenizer.fromFolder(join(dir, 'qformer_tokenizer')), positions } : undefined;
    return new BlipProcessor({ imageTokenId: config.image_token_index, queries: config.num_query_tokens, images, tokenizer, reader });
}
//# sourceMappingURL=processor.js.map