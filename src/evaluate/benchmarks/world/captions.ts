// World versions of the caption benchmarks: five true captions of each scene in place of those of people.

import type { Rng } from '../../../util/rng.js';
import { caption, type Scene } from '../../../world/index.js';
import { cocoCaptions, flickr30k, nocaps } from '../captions.js';
import { haelm } from '../haelm.js';
import type { WorldDraw } from './draw.js';
import { overWorld } from './form.js';

/** Five captions of a scene, worded and ordered by a seed. */
const references = (scene: Scene, rng: Rng): string[] =>
  Array.from({ length: 5 }, (_, k) => caption(scene, { language: 'en', detail: 'short', rng: rng.fork('caption', k) }));

const ABOUT = 'captions, compared with five true ones made by rule: whoever knows the rule scores highest';

/** Annotations in COCO's form. */
function cocoFiles(draw: WorldDraw) {
  const images = draw.take('image', (drawn) => drawn);
  return {
    'captions_val2014.json': {
      images: images.map(({ image, index }) => ({ id: index, file_name: image })),
      annotations: images.flatMap(({ scene, rng, index }) => references(scene, rng).map((text) => ({ image_id: index, caption: text }))),
    },
  };
}

/** COCO's annotations. */
export const worldCocoCaptions = overWorld({ open: cocoCaptions, about: ABOUT, n: 80, files: cocoFiles });

/** HaELM over COCO's annotations: a caption is accurate where it makes claims and all of them are true. */
export const worldHaelm = overWorld({
  open: haelm,
  about: 'captions of scenes, called accurate where all that they claim is true',
  n: 60,
  maxTokens: 64,
  files: cocoFiles,
  describes: true,
  exact: (_, { accuracy, madeUp }) => [accuracy > 0 && !madeUp ? 'yes' : 'no'],
});

/** What stands for the domains of NoCaps: splits of the world. */
const domains = { 'in-domain': 'test', 'near-domain': 'test-pairs', 'out-domain': 'test-style' } as const;

/** NoCaps' annotations with domains. */
export const worldNocaps = overWorld({
  open: nocaps,
  about: `${ABOUT}; in-domain: seen things, near-domain: pairs of things, out-domain: a drawing style that training never has`,
  n: 40,
  files(draw) {
    const images = Object.entries(domains).flatMap(([domain, split]) => {
      const scenes = draw.scenes.of(split);
      return Array.from({ length: draw.n }, (_, i) => {
        const scene = scenes.scene(i);
        return { domain, scene, image: draw.picture(scene, scenes), rng: draw.rng.fork(domain, i) };
      });
    });
    return {
      'nocaps_val_4500_captions.json': {
        images: images.map(({ image, domain }, id) => ({ id, file_name: image, domain })),
        annotations: images.flatMap(({ scene, rng }, id) => references(scene, rng).map((text) => ({ image_id: id, caption: text }))),
      },
    };
  },
});

/** Flickr30K in Karpathy's form; also searched by a CLIP. */
export const worldFlickr30k = overWorld({
  open: flickr30k,
  about: ABOUT,
  n: 60,
  files: (draw) => ({
    'dataset_flickr30k.json': {
      images: draw.take('image', ({ image, scene, rng }) => ({
        filename: image,
        split: 'test',
        sentences: references(scene, rng).map((raw) => ({ raw })),
      })),
    },
  }),
});
