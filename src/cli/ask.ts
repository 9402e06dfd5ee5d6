// `sensorium ask IMAGE… "question"`: one question about one or more images or videos, answered as it is written; without images for models that see none.

import { defineCommand } from 'citty';
import { isRgbImage } from '../media/image.js';
import { readBoxes } from '../text/coordinates.js';
import { writeAtomic } from '../util/fs.js';
import { nearestPath } from '../util/near-path.js';
import { captionRequest } from '../world/questions.js';
import type { Speaker, Turn } from './conversation.js';
import {
  adapterArgs,
  type LoadSpeaker,
  loadSpeaker,
  looksLikeMedia,
  type MediaOptions,
  mediaArgs,
  modelSees,
  readAdapters,
  readMedia,
  readMediaArgs,
  readSampling,
  type SamplingOptions,
  samplingArgs,
} from './conversation.js';
import { drawMasks } from './draw-masks.js';
import { choiceOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { regionOption } from './region-option.js';
import { usageError } from './report.js';
import { DEFAULT_MODEL } from './root.js';

const USAGE = 'sensorium ask IMAGE… "question"';

/** A question with its images, still as named on the command line. */
export interface Question {
  images: string[];
  question: string;
}

function didYouMeanPath(name: string): string | undefined {
  const near = name.trim() === '' ? undefined : nearestPath(name);
  return near && `Did you mean ${near}?`;
}

/** Tells images and question apart: the last argument is the question unless it is an image. Throws a usage error when there is neither. */
export async function readQuestion(words: readonly string[], language: 'en' | 'zh' = 'en'): Promise<Question> {
  const usage = USAGE;
  if (words.length === 0) throw usageError('no image and no question', { expected: usage });
  const last = words[words.length - 1] as string;
  const described = await looksLikeMedia(last);
  const images = described ? [...words] : words.slice(0, -1);
  const question = described ? captionRequest(language, 'long') : last.trim();
  if (question === '')
    throw usageError('the question is empty', { expected: usage, hint: `Leave it out to ask "${captionRequest(language, 'long')}"` });
  for (const name of images)
    if (name.trim() === '' || !(await looksLikeMedia(name)))
      throw usageError('no such image file', {
        place: name || '(an empty argument)',
        hint: didYouMeanPath(name) ?? 'If this belongs to the question, put the question in quotes',
      });
  return { images, question };
}

/** What one run of `ask` needs; `load`, `sees` and `write` are replaceable in tests. */
export interface AskOptions extends SamplingOptions {
  model?: string;
  json?: boolean;
  /** Which images are read, and which frames of videos. */
  media?: MediaOptions;
  /** What is pointed at in the last image: `--box` and `--point`. */
  box?: string;
  point?: string;
  /** File for the last image with the masks that the reply means. */
  masks?: string;
  signal?: AbortSignal;
  load?: LoadSpeaker;
  sees?: (model: string, signal?: AbortSignal) => Promise<boolean>;
  write?: (text: string) => void;
}

/** Reads the images (before the model, so that a wrong file is told at once), asks, and writes the answer or a JSON object. A model that sees is asked about images. */
export async function ask({ images, question }: Question, options: AskOptions = {}): Promise<string> {
  const {
    model: name = DEFAULT_MODEL,
    json = false,
    media,
    box,
    point,
    masks,
    signal,
    load = loadSpeaker,
    sees = modelSees,
    write = (text) => void process.stdout.write(text),
    ...sampling
  } = options;
  if (images.length === 0 && (await sees(name, signal)))
    throw usageError('no image', {
      expected: USAGE,
      got: `only the question ${JSON.stringify(question)}`,
      hint: 'Name the image file before the question',
    });
  const parts = await Promise.all(images.map((source) => readMedia(source, media)));
  signal?.throwIfAborted();
  const last = parts.at(-1);
  const seen = last?.type === 'image' && isRgbImage(last.source) ? last.source : undefined;
  if (!seen && (box !== undefined || point !== undefined || masks !== undefined))
    throw usageError('there is no image to point at', { expected: 'an image as the last file', got: images.at(-1) ?? 'no file' });
  const region = seen && regionOption({ box, point }, seen);
  const model: Speaker = await load(name, signal);
  try {
    const words = [...(region ? [region] : []), { type: 'text' as const, text: question }];
    const messages: Turn[] = [{ role: 'user', content: images.length > 0 ? [...parts, ...words] : question }];
    const started = performance.now();
    let answer = '';
    const ids: number[] = [];
    let firstMs: number | undefined;
    let finish: string | undefined;
    for await (const piece of model.stream({ messages, signal, ...sampling })) {
      firstMs ??= performance.now() - started;
      answer += piece.text;
      if (piece.token) ids.push(piece.token.id);
      finish = piece.finish ?? finish;
      if (!json) write(piece.text);
    }
    const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
    const timing = { seconds, firstMs: firstMs === undefined ? null : Math.round(firstMs), tokens: ids.length, finish };
    write(
      json
        ? `${JSON.stringify({ model: name, images, question, text: answer, boxes: readBoxes(answer), ...timing, ...sampling })}\n`
        : '\n',
    );
    if (masks !== undefined && seen) await writeAtomic(masks, await drawMasks(seen, (await model.masksOf?.(messages, ids)) ?? []));
    return answer;
  } finally {
    await model.dispose();
  }
}

/** The options that point, and the file of masks. */
const places = ({ box, point, masks }: { box?: string; point?: string; masks?: string }) => ({ box, point, masks });

export default defineCommand({
  meta: { name: 'ask', description: 'Ask one question about images or videos; without a question the model describes them' },
  args: {
    image: {
      type: 'positional',
      description: 'image or video files (none for a model that sees none), then the question in quotes',
      required: false,
    },
    model: { type: 'string', description: 'folder, name or hub id of a model', default: DEFAULT_MODEL, valueHint: 'MODEL' },
    language: {
      type: 'string',
      description: 'en or zh: language of the description asked for when no question is given',
      default: 'en',
      valueHint: 'LANG',
    },
    ...adapterArgs,
    ...mediaArgs,
    ...samplingArgs,
    box: {
      type: 'string',
      description: 'what the question points at: in pixels, or in 0..1 of the sides',
      valueHint: 'LEFT,TOP,RIGHT,BOTTOM',
    },
    point: { type: 'string', description: 'the same as a point', valueHint: 'X,Y' },
    masks: { type: 'string', description: 'write the image with the masks that the answer means as a PNG', valueHint: 'FILE' },
    json: { type: 'boolean', description: 'print one JSON object with the answer and its timing' },
  },
  async run({ args }) {
    const sampling = readSampling(args);
    const question = await readQuestion(args._, choiceOption('language', args.language, ['en', 'zh']));
    const adapters = readAdapters(args);
    const load: LoadSpeaker = (name, signal) => loadSpeaker(name, signal, adapters);
    await withInterrupt((signal) =>
      ask(question, { model: args.model, json: args.json, media: readMediaArgs(args), ...places(args), signal, load, ...sampling }),
    );
  },
});
