// The scene world as a data set: dialogues of a world source with their scenes rendered to PNG files.

import sharp from 'sharp';
import { throwIfAborted } from '../util/errors.js';
import { type InstructionOptions, loadSprites, renderScene, sceneWidth, world } from '../world/index.js';
import type { DataSample } from './sample.js';

/** PNGs encoded at once; sharp works on its own threads. */
const BATCH = 32;

/** One sample per scene: `options` as for `world.instructions`. Ids are the split and the scene index. */
export async function* worldSamples(options: InstructionOptions & { signal?: AbortSignal }): AsyncGenerator<DataSample> {
  const { signal, ...rest } = options;
  const source = world.instructions(rest);
  const sprites = await loadSprites();
  for (let start = 0; start < source.length; start += BATCH) {
    throwIfAborted(signal);
    const count = Math.min(BATCH, source.length - start);
    yield* await Promise.all(
      Array.from({ length: count }, async (_, k): Promise<DataSample> => {
        const { scene, turns } = source.get(start + k);
        const raw = { width: sceneWidth(scene), height: scene.size, channels: 3 as const };
        const bytes = await sharp(renderScene(scene, sprites), { raw }).png({ compressionLevel: 6 }).toBuffer();
        const id = `${scene.split}-${String(scene.index).padStart(7, '0')}`;
        const pairs = [];
        for (let i = 0; i + 1 < turns.length; i += 2) pairs.push({ user: turns[i]?.content ?? '', assistant: turns[i + 1]?.content ?? '' });
        return { id, images: [{ bytes, path: `images/${id}.png` }], turns: pairs };
      }),
    );
  }
}
