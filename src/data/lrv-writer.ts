// Rows of LRV-Instruction as a file: JSON lines in LLaVA's form, with the images that the data set has or that are drawn beside it.

import { open, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import sharp from 'sharp';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { mapIoError, writeFolderAtomic } from '../util/fs.js';
import { errno } from '../util/io.js';
import { loadSprites, renderScene } from '../world/index.js';
import type { LrvRow } from './lrv-rows.js';
import { type LrvSceneOptions, lrvScenes } from './lrv-world.js';
import { checkTarget, writeDataFile } from './target.js';

/** Rows of scenes, drawn as PNG files. */
export async function* lrvSceneRows({ signal, ...options }: LrvSceneOptions & { signal?: AbortSignal }): AsyncGenerator<LrvRow> {
  const source = lrvScenes(options);
  const sprites = await loadSprites();
  for (let i = 0; i < source.length; i++) {
    throwIfAborted(signal);
    const { scene, instructions } = source.get(i);
    if (instructions.length === 0) continue;
    const raw = { width: scene.size, height: scene.size, channels: 3 as const };
    const image = await sharp(renderScene(scene, sprites), { raw }).png({ compressionLevel: 6 }).toBuffer();
    yield { id: `${scene.split}-${String(scene.index).padStart(7, '0')}`, image, turns: instructions };
  }
}

/** What was written. */
export interface LrvWritten {
  rows: number;
  /** Instructions by kind. */
  kinds: Record<string, number>;
  /** Folder of images that the rows brought with them. */
  drawn?: string;
  /** The folder that images are named from, where it is not that of the file: to read the rows, name it (`--images`). */
  images?: string;
}

/**
 * Writes rows to `out` (JSON lines). Images that are files stay where they are; the others are written to a folder beside it, `OUT-images`. Errors: `data.exists` without `force`, `data.read` for no rows.
 */
export async function writeLrv(
  out: string,
  rows: AsyncIterable<LrvRow>,
  { force, onRow }: { force?: boolean; onRow?: (rows: number) => void } = {},
): Promise<LrvWritten> {
  const folder = `${out.replace(/\.jsonl$/, '')}-images`;
  await checkTarget(out, { force });
  const there = await readdir(folder).catch((error: unknown) => {
    if (errno(error) === 'ENOENT') return [];
    throw mapIoError(error, folder);
  });
  if (there.length > 0 && !force)
    throw new SensoriumError('data.exists', 'the folder for images exists already', {
      place: folder,
      hint: 'Choose another path, or replace it with --force',
    });
  const base = dirname(resolve(out));
  const kinds: Record<string, number> = {};
  let [count, drawn] = [0, 0];
  let images: string | undefined;
  await writeDataFile(out, { force }, (temporary) =>
    writeFolderAtomic(folder, async (own) => {
      const handle = await open(temporary, 'w');
      try {
        for await (const { id, image, root = base, turns } of rows) {
          let name: string;
          if (typeof image === 'string') {
            if (!isBelow(root, base)) images = root;
            name = slashes(relative(images ?? base, image));
          } else {
            const file = `${String(drawn++).padStart(7, '0')}.${extensionOf(image)}`;
            await writeFile(join(own, file), image);
            name = `${slashes(relative(base, resolve(folder)))}/${file}`;
          }
          const conversations = turns.flatMap(({ question, answer }, i) => [
            { from: 'human', value: i === 0 ? `<image>\n${question}` : question },
            { from: 'gpt', value: answer },
          ]);
          const lrv = turns.map(({ kind, form }) => ({ kind, form }));
          await handle.write(`${JSON.stringify({ id, image: name, conversations, lrv })}\n`);
          for (const { kind } of turns) kinds[kind] = (kinds[kind] ?? 0) + 1;
          count++;
          onRow?.(count);
        }
      } finally {
        await handle.close();
      }
      if (count === 0)
        throw new SensoriumError('data.read', 'nothing is known of any image', {
          place: out,
          expected: 'rows of one image each, with boxes, or with captions that name objects',
          got: 'none',
          hint: 'For COCO instances the rows are read with their boxes; other rows may have "objects": [{"label", "box"}]',
        });
    }),
  );
  if (drawn === 0) await rm(folder, { recursive: true, force: true });
  return { rows: count, kinds, ...(drawn > 0 ? { drawn: folder } : {}), ...(images ? { images } : {}) };
}

const slashes = (path: string): string => path.split(sep).join('/');
const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(folder + sep);

/** The ending of an image file by its first bytes. */
function extensionOf(bytes: Uint8Array): string {
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return 'png';
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return 'jpg';
  if (bytes[0] === 0x47 && bytes[1] === 0x49) return 'gif';
  return bytes[8] === 0x57 && bytes[9] === 0x45 ? 'webp' : 'img';
}
