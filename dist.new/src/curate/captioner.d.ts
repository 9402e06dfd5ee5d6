import type { PartialResponder } from '../evaluate/responder.js';
import type { Mllm } from '../generate/mllm.js';
import { type RgbImage } from '../media/index.js';
import { type CurateEmbedder } from './options.js';
/** How captions are asked for. */
export interface CaptionAsk {
    prompt: string;
    /** 0: the likeliest. */
    temperature: number;
    topP: number;
    maxTokens: number;
    seed: number;
    signal?: AbortSignal;
}
/** Writes one caption for each image; undefined for one that it has none for. */
export interface Captioner {
    readonly name: string;
    captions(images: readonly RgbImage[], ask: CaptionAsk): Promise<(string | undefined)[]>;
}
/** A model of ours. The caption of an image is the same in any batch. */
export declare function modelCaptioner(name: string, model: Pick<Mllm, 'answer'>): Captioner;
/** Anything that replies to messages, such as a server; `open` makes one for a temperature and a seed. */
export declare function responderCaptioner(name: string, open: (ask: CaptionAsk) => PartialResponder): Captioner;
/** A captioner, and how one of its captions is chosen. */
export interface CaptionLoop extends Omit<CaptionAsk, 'signal'> {
    captioner: Captioner;
    /** Captions for each image. */
    n: number;
    /** Each but the last leaves `SHORTLIST`, the last one; none: the first caption is taken. */
    selectors: readonly CurateEmbedder[];
}
/** Captions that a CLIP before the last leaves. */
export declare const SHORTLIST = 5;
/** A chosen caption with all that were written. */
export interface ChosenCaption {
    caption: string;
    /** Cosine by the last selector. */
    clip?: number;
    candidates: readonly string[];
}
/** Throws `curate.option` for several captions that would be the same. */
export declare function checkCaptionLoop({ n, temperature, selectors }: CaptionLoop): void;
/** Captions of images, each with its candidates; undefined where none was written. */
export declare function captionImages(images: readonly RgbImage[], loop: CaptionLoop, signal?: AbortSignal): Promise<(ChosenCaption | undefined)[]>;
