// Scenes of the world to draw, as data: an image and the words that ask for it.

import type { Conversation, Dataset } from '../data/index.js';
import { Rng } from '../util/rng.js';
import { drawingText, loadSprites, makeScene, type Scene, type SceneObject, type Sprites, type WorldOptions } from '../world/index.js';
import type { ConversationData } from './fine-tune.js';
import { sceneImage } from './world-samples.js';

/** Which scenes. */
export interface DrawingOptions extends WorldOptions {
  /** Default 100,000. */
  scenes?: number;
  /** First scene. Default 0. */
  offset?: number;
  /** Requests say where single objects are, in thirds of the image. Default false. */
  placed?: boolean;
  /** Pixels of the grid that objects are put on: their longest sides, and their top left corners, are multiples of it. 1: as they come. Default 8. */
  grid?: number;
}

/** Scenes that a small generator learns: few things, clear and large, in one style, on plain paper. */
const DRAWN: WorldOptions = { maxObjects: 2, evidence: 1, text: 0, prior: 0, styles: ['noto'] };

/** A scene whose objects lie on a grid, none of them inside another or mirrored: there are then few ways to draw each. */
function onGrid(scene: Scene, grid: number): SceneObject[] {
  return scene.objects.flatMap((object) => {
    if (object.inside !== undefined) return [];
    const [x0, y0, x1, y1] = object.box;
    const size = Math.max(grid, Math.round(object.size / grid) * grid);
    const [w, h] = [x1 - x0, y1 - y0].map((side) => Math.max(1, Math.round((side * size) / object.size))) as [number, number];
    const [x, y] = [
      [x0, w],
      [y0, h],
    ].map(([at, side]) => Math.min(Math.round((at as number) / grid), Math.floor((scene.size - (side as number)) / grid)) * grid) as [
      number,
      number,
    ];
    return [{ ...object, size, mirror: false, box: [x, y, x + w, y + h] as SceneObject['box'] }];
  });
}

/** Scene `index` and what it is asked for with. */
export function drawing(index: number, options: DrawingOptions = {}): { scene: Scene; text: string } {
  const { scenes: _, offset = 0, placed = false, grid = 8, ...world } = options;
  const made = makeScene(offset + index, { ...DRAWN, ...world });
  const objects = grid > 1 ? onGrid(made, grid) : made.objects;
  const scene: Scene = { ...made, objects, background: { ...made.background, kind: 'plain' } };
  return { scene, text: drawingText(scene, { placed, rng: new Rng(scene.noiseSeed).fork('drawing') }) };
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
        describe: { drawings: { ...DRAWN, grid: 8, ...options, background: 'plain' } },
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
