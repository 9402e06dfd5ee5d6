import { FuyuImageProcessor, type RgbImage } from '../../../media/index.js';
import type { ChatMessage, PromptIds, Tokenizer } from '../../../text/index.js';
import { type MultimodalProcessor, type PreparedImage, type ProcessorSource } from '../../processor.js';
import type { Fuyu, FuyuConfig } from './network.js';
declare const NAMES: {
    readonly newline: '|NEWLINE|';
    readonly begin: '<s>';
    readonly answer: '<0x04>';
};
/** FuyuProcessor, without boxes in prompts. */
export declare class FuyuProcessor implements MultimodalProcessor {
    readonly imageTokenId: number;
    readonly images: FuyuImageProcessor;
    private readonly tokenizer;
    private readonly ids;
    readonly joins = true;
    readonly marked = false;
    readonly template = "{% for message in messages %}{{ message['content'] }}{% endfor %}";
    constructor(imageTokenId: number, images: FuyuImageProcessor, tokenizer: Tokenizer, ids: Readonly<Record<keyof typeof NAMES, number>>);
    prepare(images: readonly RgbImage[]): PreparedImage[];
    prompt(messages: readonly ChatMessage[], images: readonly (readonly number[])[]): PromptIds;
}
/** The processor of a folder. Errors: `text.fit` for a tokenizer without Fuyu's tokens, `media.config`, `model.processor`. */
export declare function fuyuProcessor({ dir, config, tokenizer }: ProcessorSource<Fuyu, FuyuConfig>): Promise<FuyuProcessor>;
export {};
