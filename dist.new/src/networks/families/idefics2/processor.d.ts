import { Idefics2ImageProcessor, type RgbImage } from '../../../media/index.js';
import type { RenderedChat } from '../../../text/index.js';
import { type MultimodalProcessor, type PreparedImage, type ProcessorSource } from '../../processor.js';
import type { Idefics2, Idefics2Config } from './network.js';
/** Idefics2Processor: images alone. */
export declare class Idefics2Processor implements MultimodalProcessor {
    readonly imageTokenId: number;
    readonly images: Idefics2ImageProcessor;
    private readonly parts;
    readonly joins = false;
    readonly sharesImageEdges = true;
    readonly everyImage: readonly number[];
    private readonly fake;
    constructor(imageTokenId: number, images: Idefics2ImageProcessor, parts: {
        network: Idefics2;
        fake: number;
    });
    prepare(images: readonly RgbImage[]): PreparedImage[];
    /** Patches of all views: whole ones, since transformers takes a patch that is partly padding for padding. */
    private feeds;
    /** Images that follow one another share a boundary, and a word after one gets the space that its token begins with. */
    adapt(rendered: RenderedChat, imageToken: string): RenderedChat;
}
/** The processor of a folder. Errors: `text.fit` for a tokenizer without the boundary token, `model.processor`. */
export declare function idefics2Processor({ dir, config, network, tokenizer }: ProcessorSource<Idefics2, Idefics2Config>): Promise<Idefics2Processor>;
