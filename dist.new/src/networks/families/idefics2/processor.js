// Idefics 2: a fixed number of tokens between boundary tokens for each view, and words kept apart from the boundaries.
import { Idefics2ImageProcessor, processOff } from '../../../media/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { ideficsPositions } from '../../encoders/idefics-vision.js';
import { feedsFrom } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
const FAKE = '<fake_token_around_image>';
/** Idefics2Processor: images alone. */
export class Idefics2Processor {
    imageTokenId;
    images;
    parts;
    joins = false;
    sharesImageEdges = true;
    everyImage;
    fake;
    constructor(imageTokenId, images, parts) {
        this.imageTokenId = imageTokenId;
        this.images = images;
        this.parts = parts;
        this.fake = parts.fake;
        const tokens = new Array(parts.network.imageTokens).fill(imageTokenId);
        const views = images.config.do_image_splitting ? 5 : 1;
        this.everyImage = [this.fake, ...Array.from({ length: views }, () => [...tokens, this.fake]).flat()];
    }
    prepare(images) {
        const rows = [...this.everyImage.keys()].filter((i) => this.everyImage[i] === this.imageTokenId);
        return images.map((image) => ({ ids: this.everyImage, rows, feeds: this.feeds(image) }));
    }
    /** Patches of all views: whole ones, since transformers takes a patch that is partly padding for padding. */
    feeds(image) {
        const { patch_size: p, image_size } = this.parts.network.config.vision_config;
        const side = Math.floor(image_size / p);
        const grids = this.images.viewSizes(image).map(({ width, height }) => [Math.floor(height / p), Math.floor(width / p)]);
        const most = Math.max(...grids.map(([rows, columns]) => rows * columns));
        return feedsFrom({
            patches: async () => {
                const output = { width: grids.length * most, height: p * p };
                const patches = await processOff(this.images, 'patches', [image, p, most], { output });
                return hostTensor('float32', [grids.length, most, 3 * p * p], patches);
            },
            positions: () => {
                const positions = hostTensor('int32', [grids.length, most]);
                positions.data.fill(-1);
                for (const [i, grid] of grids.entries())
                    positions.data.set(ideficsPositions(...grid, side), i * most);
                return positions;
            },
        });
    }
    /** Images that follow one another share a boundary, and a word after one gets the space that its token begins with. */
    adapt(rendered, imageToken) {
        const isImage = (piece) => piece?.special === true && piece.text === imageToken;
        const { pieces } = rendered;
        const spaces = []; // where the text gets one
        let at = 0;
        const spaced = pieces.flatMap((piece, i) => {
            const start = at;
            at += piece.text.length;
            if (!isImage(pieces[i - 1]) || isImage(piece) || /^[\s<]/.test(piece.text))
                return [piece];
            spaces.push(start);
            return piece.special ? [{ text: ' ', special: false }, piece] : [{ ...piece, text: ` ${piece.text}` }];
        });
        const moved = (place) => place + spaces.filter((space) => space <= place).length;
        return {
            ...rendered,
            text: spaced.map(({ text }) => text).join(''),
            pieces: spaced,
            spans: rendered.spans.map(([a, b]) => [moved(a), moved(b)]),
        };
    }
}
/** The processor of a folder. Errors: `text.fit` for a tokenizer without the boundary token, `model.processor`. */
export async function idefics2Processor({ dir, config, network, tokenizer }) {
    const { image, place, processor } = await readProcessorConfigs(dir);
    const fake = tokenizer.specialTokens.get(FAKE);
    if (fake === undefined)
        throw new SensoriumError('text.fit', 'the tokenizer does not fit the model: it has no boundary token for images', {
            place: tokenizer.place,
            expected: `the special token ${FAKE}`,
            got: 'none',
        });
    const length = processor.image_seq_len;
    if (length !== undefined && length !== network.imageTokens)
        throw new SensoriumError('model.processor', 'the tokens of an image do not fit the network', {
            place: `${dir}/processor_config.json: image_seq_len`,
            expected: `${network.imageTokens}, as perceiver_config.resampler_n_latents`,
            got: String(length),
        });
    return new Idefics2Processor(config.image_token_id, Idefics2ImageProcessor.fromConfig(image, place), { network, fake });
}
//# sourceMappingURL=processor.js.map