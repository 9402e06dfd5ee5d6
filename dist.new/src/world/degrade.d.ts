import { type Scene } from './scene.js';
/** Applies `scene.degrade` to an image [height, width, 3]. */
export declare function degradeImage(image: Uint8Array, scene: Scene): void;
