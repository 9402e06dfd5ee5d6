// Every world of one medium, by the name of its source.

import type { MediaWorld } from './media-world.js';
import { points } from './points.js';
import { sounds } from './sounds.js';
import { videos } from './videos.js';

export { type CloudItem, cloudPoints, points, SHAPES_3D, type Solid } from './points.js';
export { SOUND_RATE, type SoundEvent, type SoundItem, sounds, soundSamples, VOICES } from './sounds.js';
export { type Actor, type Film, frameScene, PLOTS, type Plot, videos } from './videos.js';

/** The worlds, in the order of their benchmarks. */
export const MEDIA_WORLDS = [videos, sounds, points].map(({ world }) => world as unknown as MediaWorld);
