// Every world of one medium, by the name of its source.

import { documents } from './documents.js';
import type { MediaWorld } from './media-world.js';
import { phantoms } from './phantoms.js';
import { points } from './points.js';
import { screens } from './screens.js';
import { sounds } from './sounds.js';
import { videos } from './videos.js';

export { DOCUMENTS, type DocumentField, type DocumentItem, type DocumentKind, documents } from './documents.js';
export { drawPhantom, type PhantomItem, phantoms, type Spot } from './phantoms.js';
export { type CloudItem, cloudPoints, points, SHAPES_3D, type Solid } from './points.js';
export { drawSheet, FACES, type FaceName, Fonts, type Mark, type Sheet } from './print.js';
export { type Control, type ScreenItem, screens } from './screens.js';
export { SOUND_RATE, type SoundEvent, type SoundItem, soundSamples, sounds, VOICES } from './sounds.js';
export { type SpeechItem, speech } from './speech.js';
export { type Actor, type Film, frameScene, PLOTS, type Plot, videos } from './videos.js';

/** The worlds, in the order of their benchmarks. */
export const MEDIA_WORLDS = [videos, sounds, points, documents, screens, phantoms].map(({ world }) => world as unknown as MediaWorld);
