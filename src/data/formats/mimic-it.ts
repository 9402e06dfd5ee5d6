// MIMIC-IT (Li et al. 2023, arXiv:2306.05425): instructions by their ids with answer, images and related instructions; images in base64 beside them.

import { createHash } from 'node:crypto';
import { open, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import { readJson } from '../../util/fs.js';
import { errno } from '../../util/io.js';
import type { Conversation, MediaContent, Table } from '../dataset.js';
import type { Format, Found } from '../format.js';
import { eachConversation, Lost } from '../json-writer.js';
import { mediaEntry } from '../media-entry.js';
import { mediaBytes } from '../media-writer.js';
import { cannotOpen, namesIn } from '../open-file.js';
import { RowError, shorten } from '../row.js';
import { writeDataFolder } from '../target.js';

/** Ends the name of the file of instructions; images are in NAME.json, and NAME_train.json says which instructions are rows. */
const ENDING = '_instructions.json';
const isMimicName = (name: string): boolean => name.endsWith(ENDING);
/** A file is read as a whole: its rows refer to each other. */
const MAX_BYTES = 480 * 2 ** 20;
/** Name of what is written. */
const NAME = 'SEN';

const entry = z.object({
  instruction: z.string().min(1),
  answer: z.string().min(1),
  image_ids: z.array(z.string()).default([]),
  rel_ins_ids: z.array(z.string()).default([]),
});
type Entry = z.infer<typeof entry>;

async function readWhole(file: string, isOptional = false): Promise<Record<string, unknown> | undefined> {
  const info = await stat(file).catch((cause: unknown) => {
    if (isOptional && errno(cause) === 'ENOENT') return undefined;
    throw cannotOpen(file, cause);
  });
  if (!info) return undefined;
  if (info.size > MAX_BYTES)
    throw new SensoriumError('data.read', 'the file is too large to be read as a whole', {
      place: file,
      expected: `at most ${MAX_BYTES} bytes`,
      got: `${info.size} bytes`,
      hint: 'Of images: save each as a file under its id (ID.jpg or ID.png), remove this file, and name the folder with --images',
    });
  const value = await readJson(file);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new SensoriumError('data.read', 'this is not a file of MIMIC-IT', {
    place: file,
    expected: 'an object by ids',
    got: shorten(value),
  });
}

/** The instructions of a file, with the images and rows of the files beside it. */
async function openMimic(path: string): Promise<Table> {
  const name = isMimicName(path) ? undefined : (await namesIn(path)).find(isMimicName);
  const file = name === undefined ? path : join(path, name);
  if (!isMimicName(file))
    throw new SensoriumError('data.read', 'there are no instructions of MIMIC-IT', {
      place: path,
      expected: `NAME${ENDING}`,
      got: 'another file or folder',
    });
  const stem = file.slice(0, -ENDING.length);
  const whole = (await readWhole(file)) as Record<string, unknown>;
  const { data } = whole as { data?: Record<string, unknown> };
  if (typeof data !== 'object' || data === null)
    throw new SensoriumError('data.read', 'this is not a file of MIMIC-IT', {
      place: file,
      expected: '{"meta": …, "data": {ID: …}}',
      got: Object.keys(whole).join(', '),
    });
  const train = await readWhole(`${stem}_train.json`, true);
  const images = await readWhole(`${stem}.json`, true);
  const ids = Object.keys(train ?? data);
  const at = (row: number) => ({ file, row });
  const read = (id: string, row: number): Entry => {
    const found = entry.safeParse(data[id]);
    if (found.success) return found.data;
    const [issue] = found.error.issues;
    throw new RowError(
      at(row),
      `data.${id}.${issue?.path.join('.') ?? ''}`,
      data[id] ? 'malformed instruction' : 'there is no such instruction',
      {
        expected: 'instruction and answer as texts, image_ids and rel_ins_ids as lists',
        got: shorten(data[id] ?? id),
      },
    );
  };
  const hash = createHash('sha256')
    .update(JSON.stringify(whole))
    .update(JSON.stringify(train ?? null))
    .digest('hex');
  return {
    root: dirname(file),
    length: ids.length,
    fingerprint: { file: basename(file), rows: ids.length, hash },
    at,
    async record(row) {
      const id = ids[row] as string;
      const own = read(id, row);
      const related = (train?.[id] as string[] | undefined) ?? own.rel_ins_ids;
      if (!Array.isArray(related))
        throw new RowError(at(row), `${basename(stem)}_train.${id}`, 'malformed list of related instructions', { got: shorten(related) });
      const triples = [...related.map((other) => read(other, row)), own];
      const names = new Set(await namesIn(dirname(file)));
      return {
        id,
        triples: triples.map((one) => ({ ...one, images: one.image_ids.map((image) => bytesOf(images?.[image]) ?? fileOf(image, names)) })),
      };
    },
    dispose() {},
  };
}

/** An image of NAME.json: base64 by itself, however short. */
const bytesOf = (image: unknown): unknown => (typeof image === 'string' ? { bytes: image } : image);

/** The file of an image that is not in NAME.json. */
const fileOf = (id: string, names: ReadonlySet<string>): string =>
  [id, `${id}.jpg`, `${id}.png`, `${id}.jpeg`, `${id}.webp`].find((name) => names.has(name)) ?? `${id}.jpg`;

type Triple = Entry & { images: unknown[] };

/** Writes an object of many entries, one by one. */
async function objectWriter(file: string, start = '{\n', end = '\n}\n') {
  const handle = await open(file, 'w');
  let isFirst = true;
  await handle.write(start);
  return {
    async add(key: string, value: unknown): Promise<void> {
      await handle.write(`${isFirst ? '' : ',\n'}${JSON.stringify(key)}: ${JSON.stringify(value)}`);
      isFirst = false;
    },
    async close(isWhole: boolean): Promise<void> {
      if (isWhole) await handle.write(end);
      await handle.close();
    },
  };
}

/** The turns of a conversation as triples. Throws `RowError` for what is not a question with its answer. */
function triplesOf({ messages, tools, at }: Conversation): { instruction: string; answer: string; media: MediaContent[] }[] {
  const triples: { instruction: string; answer: string; media: MediaContent[] }[] = [];
  const bad = (got: string): RowError =>
    new RowError(at, undefined, 'MIMIC-IT holds questions with images in front and their answers', { got, hint: 'Write it as openai' });
  if (tools) throw bad('tools');
  for (let i = 0; i < messages.length; i += 2) {
    const [user, reply] = [messages[i], messages[i + 1]];
    if (user?.role !== 'user' || reply?.role !== 'assistant' || typeof reply.content !== 'string' || reply.tool_calls !== undefined)
      throw bad(`${user?.role ?? 'nothing'}, then ${reply?.role ?? 'nothing'}`);
    const parts = Array.isArray(user.content)
      ? (user.content as ({ type: 'text'; text: string } | MediaContent)[])
      : [{ type: 'text' as const, text: user.content ?? '' }];
    const media = parts.filter((part): part is MediaContent => part.type !== 'text');
    const words = parts.slice(media.length);
    if (words.some(({ type }) => type !== 'text') || media.some(({ type }) => type !== 'image'))
      throw bad('images inside or behind the words, or a video');
    triples.push({ instruction: words.map((part) => (part as { text: string }).text).join(''), answer: reply.content, media });
  }
  return triples;
}

/** MIMIC-IT. Earlier turns of a conversation are its related instructions; a row is read with them in front. */
export const mimicIt: Format = {
  name: 'mimic-it',
  summary: 'MIMIC-IT (Otter): NAME_instructions.json, with images in NAME.json and rows in NAME_train.json',
  target: 'folder',
  detect: ({ kind, path, names, head }: Found) =>
    (kind === 'folder' && names.some(isMimicName)) || (kind === 'json' && isMimicName(path) && /"(?:meta|data)"\s*:/.test(head)),
  open: openMimic,
  read({ id, triples }, context) {
    const messages = (triples as Triple[]).flatMap(({ instruction, answer, images }, k): Conversation['messages'] => {
      const media = images.map((image, i): MediaContent => {
        const key = `images[${k}][${i}]`;
        const { source, name } = mediaEntry(image, 'image', key, context);
        return { type: 'image', source, origin: { ...(name === undefined ? {} : { name }), key } };
      });
      return [
        { role: 'user', content: media.length > 0 ? [...media, { type: 'text', text: instruction }] : instruction },
        { role: 'assistant', content: answer },
      ];
    });
    return { id: id as string, messages, at: context.at };
  },
  write: (dir, conversations, options) =>
    writeDataFolder(dir, { force: options.force, marks: [`${NAME}${ENDING}`] }, async (temporary) => {
      const meta = JSON.stringify({ version: '0.0.1', author: 'sensorium' });
      const instructions = await objectWriter(join(temporary, `${NAME}${ENDING}`), `{"meta": ${meta},\n"data": {\n`, '\n}}\n');
      const images = await objectWriter(join(temporary, `${NAME}.json`));
      const train: Record<string, string[]> = {};
      const known = new Map<string, string>();
      const lost = new Lost();
      let [count, isWhole] = [0, false];
      const nameOf = async (media: MediaContent, conversation: Conversation): Promise<string> => {
        const bytes = await mediaBytes(media, conversation);
        const key = createHash('sha256').update(bytes).digest('hex');
        const found = known.get(key) ?? `${NAME}_IMG_${String(known.size).padStart(6, '0')}`;
        if (!known.has(key)) await images.add(found, Buffer.from(bytes).toString('base64'));
        known.set(key, found);
        return found;
      };
      try {
        const rows = await eachConversation(conversations, options, async (conversation) => {
          const triples = triplesOf(conversation);
          const ids = triples.map(() => `${NAME}_INS_${String(count++).padStart(6, '0')}`);
          lost.add(Object.keys(conversation.extra ?? {}));
          for (const [i, { instruction, answer, media }] of triples.entries()) {
            const names: string[] = [];
            for (const one of media) names.push(await nameOf(one, conversation));
            const related = i === triples.length - 1 ? ids.slice(0, -1) : [];
            await instructions.add(ids[i] as string, { instruction, answer, image_ids: names, rel_ins_ids: related });
          }
          train[ids.at(-1) as string] = ids.slice(0, -1);
        });
        isWhole = true;
        return { rows, lost: lost.counts };
      } finally {
        await instructions.close(isWhole);
        await images.close(isWhole);
        await writeFile(join(temporary, `${NAME}_train.json`), `${JSON.stringify(train)}\n`);
      }
    }),
};
