// Scenes of the world to draw, as data: an image and the words that ask for it.

import type { Conversation, Dataset } from '../data/index.js';
import { Rng } from '../util/rng.js';
import {
  drawingText,
  extent,
  loadSprites,
  makeScene,
  type Scene,
  type SceneObject,
  type Sprites,
  sceneWidth,
  type WorldOptions,
} from '../world/index.js';
import type { ConversationData } from './fine-tune.js';
import { sceneImage } from './world-samples.js';

/** Which scenes. */
export interface DrawingOptions extends WorldOptions {
  /** Default 100,000. */
  scenes?: number;
  /** First scene. Default 0. */
  offset?: number;
  /** Each request has one arrangement: an object alone in the middle, two side by side or one above the other, all half as large as the image. Default true. */
  arranged?: boolean;
}

/** Scenes that a small generator learns: few things, clear and large, in one style, on plain paper. */
const DRAWN: WorldOptions = { maxObjects: 2, evidence: 1, text: 0, prior: 0, styles: ['noto'] };

/** The objects of a scene in the middle of it, or of its halves, not mirrored and none inside another: there is then one way to draw each request. */
function arrange(scene: Scene): SceneObject[] {
  const objects = scene.objects.filter(({ inside }) => inside === undefined).slice(0, 2);
  const centers = objects.map(({ box: [x0, y0, x1, y1] }) => [(x0 + x1) / 2, (y0 + y1) / 2] as const);
  const [[ax, ay], [bx, by]] = [centers[0] ?? [0, 0], centers.at(-1) ?? [0, 0]];
  const along = objects[0]?.category === objects[1]?.category || Math.abs(ax - bx) >= Math.abs(ay - by) ? 0 : 1;
  const first = along === 0 ? ax <= bx : ay <= by;
  const [width, height] = [sceneWidth(scene), scene.size];
  const half = Math.min(width, height) / 2;
  return objects.map((object, i) => {
    const [w, h] = extent(object.style, object.category, half);
    // A single object in the middle; of two, one in the middle of each half.
    const share = [0.5, 0.5];
    if (objects.length > 1) share[along] = (i === 0) === first ? 0.25 : 0.75;
    const [x, y] = [Math.round((share[0] as number) * width - w / 2), Math.round((share[1] as number) * height - h / 2)];
    return { ...object, size: half, mirror: false, box: [x, y, x + w, y + h] };
  });
}

/** Scene `index` and what it is asked for with. */
export function drawing(index: number, options: DrawingOptions = {}): { scene: Scene; text: string } {
  const { scenes: _, offset = 0, arranged = true, ...world } = options;
  const made = makeScene(offset + index, { ...DRAWN, ...world });
  const objects = arranged ? arrange(made) : made.objects;
  const scene: Scene = { ...made, objects, background: { ...made.background, kind: 'plain' } };
  return { scene, text: drawingText(scene, new Rng(scene.noiseSeed).fork('drawing')) };
}

/**
 * Images with the words that ask for them, as pairs of a message with the image and a reply with the words: what `stage.generator` takes of any
 * data set. `row`: what else becomes of a scene. @example stage.generator({ data: drawings({ scenes: 200_000, seed: 5 }) })
 */
export function drawings(
  options: DrawingOptions = {},
  row: (scene: Scene, text: string, sprites: Sprites) => Pick<Conversation, 'messages' | 'extra'> = pictured,
): ConversationData {
  const { scenes = 100_000 } = options;
  return {
    open: async () => {
      const sprites = await loadSprites();
      const data: Dataset<Conversation> = {
        length: scenes,
        describe: { drawings: { ...DRAWN, arranged: true, ...options, background: 'plain' } },
        get: async (index) => {
          const { scene, text } = drawing(index, options);
          return { id: String(index), at: { file: 'drawings', row: index }, ...row(scene, text, sprites) };
        },
      };
      return data;
    },
  };
}

function pictured(scene: Scene, text: string, sprites: Sprites): Pick<Conversation, 'messages' | 'extra'> {
  return {
    messages: [
      { role: 'user', content: [{ type: 'image', source: sceneImage(scene, sprites) }] },
      { role: 'assistant', content: text },
    ],
    extra: { scene },
  };
}
