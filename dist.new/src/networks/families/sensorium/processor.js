// Media of any encoder as ids and feeds: what `MediaReader` says of a medium, in the ids of the tokenizer.
import { SensoriumError } from '../../../util/errors.js';
import { feedsFrom } from '../../processor.js';
import { withInstruction } from './instruction.js';
/** Where a tokenizer has no token for the end of a row of patches, a line break of the text is one. */
const ROW_END = '|NEWLINE|';
/** The processor of an encoder: one placeholder for media of every kind. */
export class EncoderProcessor {
    imageTokenId;
    reader;
    sizes;
    rowEnd;
    joins;
    everyImage;
    videoTokenId;
    constructor(imageTokenId, reader, sizes, 
    /** Ids that follow each line of a medium with lines. */
    rowEnd) {
        this.imageTokenId = imageTokenId;
        this.reader = reader;
        this.sizes = sizes;
        this.rowEnd = rowEnd;
        this.joins = reader.joins ?? true;
        if (reader.imageItems !== undefined)
            this.everyImage = new Array(reader.imageItems * sizes.rows).fill(imageTokenId);
        if (reader.video)
            this.videoTokenId = imageTokenId;
    }
    prepare(images) {
        const read = this.reader.image?.bind(this.reader);
        if (!read)
            throw refused('images');
        return images.map((image) => this.ready(read(image)));
    }
    prepareVideo(frames, fps) {
        return this.one('video', { frames, fps });
    }
    prepareSound(sound) {
        return this.one('sound', sound);
    }
    preparePoints(points) {
        return this.one('points', points);
    }
    one(kind, medium) {
        const read = this.reader[kind];
        if (!read)
            throw refused(kind);
        return this.ready(read.call(this.reader, medium));
    }
    ready({ feeds, items = 1, rows = items * this.sizes.rows, lines, variant }) {
        const shared = { feeds: feedsFrom(feeds), ...(variant === undefined ? {} : { variant }) };
        if (!lines)
            return { ...shared, ids: new Array(rows).fill(this.imageTokenId) };
        const ids = [];
        const places = [];
        for (const line of lines) {
            for (let i = 0; i < line; i++)
                places.push(ids.push(this.imageTokenId) - 1);
            ids.push(...this.rowEnd);
        }
        return { ...shared, ids, rows: places };
    }
}
const refused = (kind) => new SensoriumError('model.images', `the encoder of this model takes no ${kind}`, {
    hint: 'Ask a model whose encoder has a reader for them',
});
/** The processor of a network. */
export function encoderProcessor(network, tokenizer) {
    const end = tokenizer.tokenId(ROW_END);
    const sizes = network.itemSizes;
    const rowEnd = end === undefined ? [...tokenizer.encode('\n')] : [end];
    const plain = new EncoderProcessor(network.config.image_token_index, network.encoder.reader(sizes), sizes, rowEnd);
    return withInstruction(plain, { network, tokenizer });
}
/** The processor of a folder, which holds nothing of it beside config.json. */
export const encoderProcessorOf = async ({ network, tokenizer, }) => encoderProcessor(network, tokenizer);
//# sourceMappingURL=processor.js.map