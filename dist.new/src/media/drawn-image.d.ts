import type { RgbImage } from './image.js';
import type { Sound } from './sound.js';
/** An image of known size whose pixels are made anew when something reads them, such as a scene: while a cache has its features, nothing is drawn. */
export declare class DrawnImage implements RgbImage {
    readonly width: number;
    readonly height: number;
    readonly key: string;
    private readonly drawn;
    /** `key` names the content: equal keys have equal pixels. `draw` gives [height, width, 3]. */
    constructor(width: number, height: number, key: string, draw: () => Uint8Array);
    get data(): Uint8Array;
}
/** A sound of known rate whose samples are made anew when something reads them. */
export declare class DrawnSound implements Sound {
    readonly sampleRate: number;
    readonly key: string;
    private readonly drawn;
    /** `key` names the content: equal keys have equal samples. */
    constructor(sampleRate: number, key: string, draw: () => Float32Array);
    get samples(): Float32Array;
}
