// Every world of one medium, by the name of its source.
import { documents } from './documents.js';
import { phantoms } from './phantoms.js';
import { points } from './points.js';
import { screens } from './screens.js';
import { sounds } from './sounds.js';
import { videos } from './videos.js';
export { DOCUMENTS, documents } from './documents.js';
export { drawPhantom, phantoms } from './phantoms.js';
export { cloudPoints, points, SHAPES_3D } from './points.js';
export { drawSheet, FACES, Fonts } from './print.js';
export { screens } from './screens.js';
export { SOUND_RATE, soundSamples, sounds, VOICES } from './sounds.js';
export { frameScene, PLOTS, videos } from './videos.js';
/** The worlds, in the order of their benchmarks. */
export const MEDIA_WORLDS = [videos, sounds, points, documents, screens, phantoms].map(({ world }) => world);
//# sourceMappingURL=media-worlds.js.map