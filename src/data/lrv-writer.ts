// Rows of LRV-Instruction as a file, and those of scenes with their images drawn.

import sharp from 'sharp';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { loadSprites, renderScene, sceneWidth } from '../world/index.js';
import type { LrvRow } from './lrv-rows.js';
import { type LrvSceneOptions, lrvScenes } from './lrv-world.js';
import { type TurnsWritten, writeTurnRows } from './turn-writer.js';

/** Rows of scenes, drawn as PNG files. */
export async function* lrvSceneRows({ signal, ...options }: LrvSceneOptions & { signal?: AbortSignal }): AsyncGenerator<LrvRow> {
  const source = lrvScenes(options);
  const sprites = await loadSprites();
  for (let i = 0; i < source.length; i++) {
    throwIfAborted(signal);
    const { scene, instructions } = source.get(i);
    if (instructions.length === 0) continue;
    const raw = { width: sceneWidth(scene), height: scene.size, channels: 3 as const };
    const image = await sharp(renderScene(scene, sprites), { raw }).png({ compressionLevel: 6 }).toBuffer();
    yield { id: `${scene.split}-${String(scene.index).padStart(7, '0')}`, image, turns: instructions };
  }
}

/** What was written. */
export interface LrvWritten extends TurnsWritten {
  /** Instructions by kind. */
  kinds: Record<string, number>;
}

/** Writes rows to `out`, as `writeTurnRows` does. Errors: `data.exists` without `force`, `data.read` for no rows. */
export async function writeLrv(
  out: string,
  rows: AsyncIterable<LrvRow>,
  { force, onRow }: { force?: boolean; onRow?: (rows: number) => void } = {},
): Promise<LrvWritten> {
  const kinds: Record<string, number> = {};
  const marked = async function* () {
    for await (const { turns, ...row } of rows) {
      for (const { kind } of turns) kinds[kind] = (kinds[kind] ?? 0) + 1;
      yield { ...row, turns, extra: { lrv: turns.map(({ kind, form }) => ({ kind, form })) } };
    }
  };
  const nothing = (): SensoriumError =>
    new SensoriumError('data.read', 'nothing is known of any image', {
      place: out,
      expected: 'rows of one image each, with boxes, or with captions that name objects',
      got: 'none',
      hint: 'For COCO instances the rows are read with their boxes; other rows may have "objects": [{"label", "box"}]',
    });
  const written = await writeTurnRows(out, marked(), { force, onRow, nothing });
  return { ...written, kinds };
}
