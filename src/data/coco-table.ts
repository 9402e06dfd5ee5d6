// A COCO annotation file as a table: captions row by row, or the objects of each image; joined by the ids of images.

import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { parseJson } from '../util/fs.js';
import type { Table } from './dataset.js';
import { openDataFile } from './open-file.js';
import { RowError, type RowPlace } from './row.js';

const CHUNK = 4 * 2 ** 20;
/** Largest entry of a list, in bytes: a crowd's mask may be long. */
const MAX_ENTRY = 64 * 2 ** 20;
const [QUOTE, BACKSLASH, OPEN, CLOSE, BRACE, UNBRACE] = [34, 92, 91, 93, 123, 125];

/** The entries of the lists of a file that is one object, one by one; nothing else is kept. */
async function* entries(
  file: string,
  signal?: AbortSignal,
  onBytes?: (bytes: Buffer) => void,
): AsyncGenerator<{ list: string; value: Record<string, unknown> }> {
  const handle = await openDataFile(file);
  try {
    let [depth, inString, isEscaped, list, name] = [0, false, false, '', ''];
    // Bytes of the entry, or of the key, that a chunk has cut; `from` is where it goes on in this chunk.
    let pieces: Buffer[] = [];
    let size = 0;
    let taking: 'entry' | 'key' | undefined;
    for (let position = 0; ; ) {
      throwIfAborted(signal);
      const buffer = Buffer.allocUnsafe(CHUNK);
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      const bytes = buffer.subarray(0, bytesRead);
      onBytes?.(bytes);
      let from = 0;
      const take = (to: number): string => {
        const text = Buffer.concat([...pieces, bytes.subarray(from, to)]).toString('utf8');
        [pieces, size, taking] = [[], 0, undefined];
        return text;
      };
      for (let i = 0; i < bytes.length; i++) {
        const byte = bytes[i] as number;
        if (inString) {
          if (isEscaped) isEscaped = false;
          else if (byte === BACKSLASH) isEscaped = true;
          else if (byte === QUOTE) {
            inString = false;
            if (taking === 'key') name = take(i);
          }
        } else if (byte === QUOTE) {
          inString = true;
          if (depth === 1) [taking, from] = ['key', i + 1];
        } else if (byte === BRACE || byte === OPEN) {
          depth++;
          if (depth === 2) list = byte === OPEN ? name : '';
          if (depth === 3 && byte === BRACE && list) [taking, from] = ['entry', i];
        } else if (byte === UNBRACE || byte === CLOSE) {
          if (depth === 3 && taking === 'entry') {
            const place = `${file}, ${list}, before byte ${position - bytesRead + i}`;
            yield { list, value: parseJson<Record<string, unknown>>(take(i + 1), place) };
          }
          depth--;
        }
      }
      if (taking) {
        pieces.push(bytes.subarray(from));
        size += bytes.length - from;
        if (size > MAX_ENTRY)
          throw new SensoriumError('data.read', 'an entry is too large', {
            place: `${file}, ${list}`,
            expected: `at most ${MAX_ENTRY} bytes`,
          });
      }
    }
    if (depth !== 0 || inString)
      throw new SensoriumError('data.read', 'the file is cut off', {
        place: file,
        expected: 'a closing brace',
        got: 'the end of the file',
        hint: 'Download it again',
      });
  } finally {
    await handle.close();
  }
}

interface CocoImage {
  name: string;
  width?: number;
  height?: number;
}

/** An object of an image: its class and its box in pixels, left, top, width and height. */
interface CocoObject {
  category: number;
  box: number[];
}

/** Opens captions or instances of COCO. Throws `data.read` for a file of neither. */
export async function openCoco(
  file: string,
  { signal, objects = 'names' }: { signal?: AbortSignal; objects?: 'names' | 'boxes' } = {},
): Promise<Table> {
  const images = new Map<number | string, CocoImage>();
  const categories = new Map<number, string>();
  const captions: { id: number | string; image: number | string; caption: unknown }[] = [];
  const found = new Map<number | string, CocoObject[]>();
  const hash = createHash('sha256');
  for await (const { list, value } of entries(file, signal, (bytes) => void hash.update(bytes))) {
    const image = value.image_id as number | string;
    if (list === 'images')
      images.set(value.id as number, { name: String(value.file_name ?? ''), width: value.width as number, height: value.height as number });
    else if (list === 'categories') categories.set(value.id as number, String(value.name));
    else if (list === 'annotations' && 'caption' in value) captions.push({ id: value.id as number, image, caption: value.caption });
    else if (list === 'annotations' && 'category_id' in value) {
      const of = found.get(image) ?? [];
      if (of.length === 0) found.set(image, of);
      of.push({ category: value.category_id as number, box: value.bbox as number[] });
    }
  }
  if (images.size === 0 || (captions.length === 0 && found.size === 0))
    throw new SensoriumError('data.read', 'this is not a COCO file', {
      place: file,
      expected: 'an object with images, and annotations that have captions or classes',
      got: `${images.size} images, ${captions.length} captions, objects of ${found.size} images`,
    });
  const fingerprint = { hash: hash.digest('hex'), ...(captions.length ? {} : { objects }) };
  if (captions.length)
    return new CocoTable(file, fingerprint, captions.length, (i) => captionRow(captions[i] as (typeof captions)[number], images));
  const ids = [...images.keys()];
  const rowOf = (i: number): Record<string, unknown> => {
    const id = ids[i] as number;
    return objectRow(id, images.get(id) as CocoImage, found.get(id) ?? [], { categories, objects });
  };
  return new CocoTable(file, fingerprint, ids.length, rowOf);
}

function captionRow(
  row: { id: unknown; image: number | string; caption: unknown },
  images: ReadonlyMap<number | string, CocoImage>,
): Record<string, unknown> {
  return { id: row.id, file_name: images.get(row.image)?.name ?? { missing: row.image }, caption: row.caption };
}

/** Boxes are written [x1, y1, x2, y2] in whole pixels. */
function objectRow(
  id: number | string,
  image: CocoImage,
  found: readonly CocoObject[],
  { categories, objects }: { categories: ReadonlyMap<number, string>; objects: 'names' | 'boxes' },
): Record<string, unknown> {
  const nameOf = ({ category }: CocoObject): string => categories.get(category) ?? `class ${category}`;
  const corners = ({ box: [x = 0, y = 0, width = 0, height = 0] }: CocoObject): number[] => [x, y, x + width, y + height].map(Math.round);
  const answer =
    objects === 'boxes'
      ? found.map((o) => `${nameOf(o)} [${corners(o).join(', ')}]`).join('\n')
      : [...new Set(found.map(nameOf))].join(', ');
  return { id, file_name: image.name, label: answer };
}

/** Rows of one annotation file. */
class CocoTable implements Table {
  readonly root: string;

  constructor(
    readonly file: string,
    readonly fingerprint: Readonly<Record<string, unknown>>,
    readonly length: number,
    private readonly rowOf: (index: number) => Record<string, unknown>,
  ) {
    this.root = dirname(file);
  }

  at(index: number): RowPlace {
    return { file: this.file, row: index };
  }

  async record(index: number): Promise<Record<string, unknown>> {
    const row = this.rowOf(index);
    if (typeof row.file_name === 'object')
      throw new RowError(this.at(index), 'image_id', 'no image has this id', { got: (row.file_name as { missing: unknown }).missing });
    return row;
  }

  dispose(): void {}
}
