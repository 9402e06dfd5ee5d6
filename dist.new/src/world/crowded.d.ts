import { type Scene, type WorldOptions } from './scene.js';
/** Of the scenes `index * candidates` and on, the one in which most can be asked of relations; with one candidate, scene `index`. */
export declare function mostRelated(index: number, options: WorldOptions, candidates?: number): Scene;
