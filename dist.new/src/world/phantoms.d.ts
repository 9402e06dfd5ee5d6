import { type Mark } from './print.js';
/** A spot in a phantom. */
export interface Spot {
    /** Of the phantom as it is drawn. */
    side: 'left' | 'right';
    level: 'upper' | 'lower';
    bright: boolean;
    large: boolean;
    x: number;
    y: number;
    radius: number;
}
/** A phantom: a body of two chambers, and up to three spots of one brightness. */
export interface PhantomItem {
    size: number;
    spots: readonly Spot[];
    marks: readonly Mark[];
    /** Standard deviation of its noise in gray levels. */
    noise: number;
    seed: number;
}
type Dials = 'size' | 'noise' | 'spots';
/** RGB bytes of a phantom, gray and noisy. */
export declare function drawPhantom({ size, marks, noise, seed }: PhantomItem): Uint8Array;
/** Phantoms with up to three spots. No number measured on them says anything of medical images. */
export declare const phantoms: ((options?: (import("./media-world.js").MediaSourceOptions & Partial<Record<Dials, number>>) | undefined) => import("./media-world.js").MediaSource<PhantomItem>) & {
    world: import("./media-world.js").MediaWorld<PhantomItem, Dials, undefined>;
};
export {};
