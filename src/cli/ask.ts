// `sensorium ask IMAGE… "question"`: one question about one or more images, videos or sounds, answered as it is written; without images for models that see none.

import { defineCommand } from 'citty';
import type { DrawOptions } from '../generate/draw.js';
import type { TokenChoice } from '../generate/processors/row.js';
import { isRgbImage, type RgbImage } from '../media/image.js';
import type { Mask } from '../media/region.js';
import { mediaKind } from '../media/video.js';
import { readBoxes } from '../text/coordinates.js';
import { SensoriumError } from '../util/errors.js';
import { writeAtomic } from '../util/fs.js';
import { nearestPath } from '../util/near-path.js';
import { captionRequest } from '../world/questions.js';
import { chainArgs, readChainArgs } from './chain-options.js';
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
import { demoArgs, readDemoArgs, withDemoLoad } from './demo-options.js';
import { assertPng, drawArgs, fileNames, readDrawing, writePng } from './draw.js';
import { drawMasks } from './draw-masks.js';
import { choiceOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { regionOption } from './region-option.js';
import { usageError } from './report.js';
import { DEFAULT_MODEL } from './root.js';
import { assertWav, speakInto } from './speak.js';

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

/** What is asked where nothing is: what is heard where all files are sounds, else a description. */
async function requestFor(files: readonly string[], language: 'en' | 'zh'): Promise<string> {
  const kinds = await Promise.all(files.map((file) => mediaKind(file)));
  if (!kinds.every((kind) => kind === 'sound')) return captionRequest(language, 'long');
  return language === 'zh' ? '请描述你听到的声音。' : 'Describe what you hear.';
}

/** Tells images and question apart: the last argument is the question unless it is an image. Throws a usage error when there is neither. */
export async function readQuestion(words: readonly string[], language: 'en' | 'zh' = 'en'): Promise<Question> {
  const usage = USAGE;
  if (words.length === 0) throw usageError('no image and no question', { expected: usage });
  const last = words[words.length - 1] as string;
  const described = await looksLikeMedia(last);
  const images = described ? [...words] : words.slice(0, -1);
  const question = described ? await requestFor(images, language) : last.trim();
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
  /** PNG file for the image that the reply draws; several are numbered. */
  drawTo?: string;
  drawing?: DrawOptions;
  /** WAV file that the reply is spoken into. */
  speakTo?: string;
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
    drawTo,
    drawing = {},
    speakTo,
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
    if (masks !== undefined && model.drawsMasks === false) throw noMasks(name);
    const words = [...(region ? [region] : []), { type: 'text' as const, text: question }];
    const messages: Turn[] = [{ role: 'user', content: images.length > 0 ? [...parts, ...words] : question }];
    const started = performance.now();
    let answer = '';
    let thinking: string | undefined;
    const chosen: TokenChoice[] = [];
    let firstMs: number | undefined;
    let finish: string | undefined;
    for await (const piece of model.stream({ messages, signal, ...sampling })) {
      firstMs ??= performance.now() - started;
      answer += piece.text;
      if (piece.thinking !== undefined) thinking = (thinking ?? '') + piece.thinking;
      if (piece.token) chosen.push(piece.token);
      finish = piece.finish ?? finish;
      if (!json) write(piece.text);
    }
    const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
    const timing = { seconds, firstMs: firstMs === undefined ? null : Math.round(firstMs), tokens: chosen.length, finish };
    const places = json || masks !== undefined ? await model.placesOf?.(messages, { text: answer, tokens: chosen }) : undefined;
    if (masks !== undefined && seen) await writeMasks(masks, seen, places?.masks, name);
    const drawn = drawTo === undefined ? [] : await drawReply(model, { messages, chosen, to: drawTo, drawing: { ...drawing, signal } });
    if (speakTo !== undefined) await speakInto(speakTo, answer, { signal });
    const files = { ...(drawTo === undefined ? {} : { drawn }), ...(speakTo === undefined ? {} : { spoken: speakTo }) };
    write(
      json
        ? `${JSON.stringify({ model: name, images, question, text: answer, ...(thinking === undefined ? {} : { thinking }), boxes: places?.boxes ?? readBoxes(answer), ...(places?.entities ? { entities: places.entities } : {}), ...timing, ...files, ...sampling })}\n`
        : ['', ...drawn, ...(speakTo === undefined ? [] : [speakTo]), ''].join('\n'),
    );
    return answer;
  } finally {
    await model.dispose();
  }
}

/** Writes an image with masks. Errors: `model.architecture` where the model has none to give. */
async function writeMasks(file: string, image: RgbImage, masks: readonly Mask[] | undefined, model: string): Promise<void> {
  if (!masks) throw noMasks(model);
  await writeAtomic(file, await drawMasks(image, masks));
}

const noMasks = (model: string): SensoriumError =>
  new SensoriumError('model.architecture', 'this model draws no masks', {
    place: model,
    expected: 'a model with a mask head, such as recipes/lisa.ts trains',
  });

/** The options that point, and the file of masks. */
const placeArgs = ({ box, point, masks }: { box?: string; point?: string; masks?: string }) => ({ box, point, masks });

/** Writes the images that a reply asks for, and returns their files. Errors: `cli.draw` for a model that does not draw. */
async function drawReply(
  model: Speaker,
  o: { messages: Turn[]; chosen: readonly TokenChoice[]; to: string; drawing: DrawOptions },
): Promise<string[]> {
  if (!model.draw)
    throw new SensoriumError('cli.draw', 'this model does not draw', {
      place: '--images',
      expected: 'a model with signal tokens or regressed rows, and its generator',
      hint: 'Train one: sensorium train recipes/next-gpt.ts. A text alone is drawn by sensorium draw',
    });
  const images = await model.draw(o.messages, o.chosen, o.drawing);
  const files = fileNames(o.to, images.length);
  for (const [i, image] of images.entries()) await writePng(files[i] as string, image);
  return images.length === 0 ? [] : files;
}

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
    ...demoArgs,
    ...chainArgs,
    'model-name': { type: 'string', description: 'with --chain: name of the model where --model is an address', valueHint: 'NAME' },
    box: {
      type: 'string',
      description: 'what the question points at: in pixels, or in 0..1 of the sides',
      valueHint: 'LEFT,TOP,RIGHT,BOTTOM',
    },
    point: { type: 'string', description: 'the same as a point', valueHint: 'X,Y' },
    masks: { type: 'string', description: 'write the image with the masks that the answer means as a PNG', valueHint: 'FILE' },
    images: { type: 'string', description: 'PNG file for what the reply draws, of a model that draws', valueHint: 'FILE' },
    ...drawArgs,
    speak: { type: 'string', description: 'WAV file that the answer is spoken into, by espeak-ng', valueHint: 'FILE' },
    json: { type: 'boolean', description: 'print one JSON object with the answer and its timing' },
  },
  async run({ args, rawArgs }) {
    const sampling = readSampling(args);
    const choice = readChainArgs(args);
    const question = await readQuestion(args._, choiceOption('language', args.language, ['en', 'zh']));
    const adapters = readAdapters(args);
    if (args.images !== undefined) assertPng(args.images, '--images');
    if (args.speak !== undefined) assertWav(args.speak, '--speak');
    const out = { drawTo: args.images, drawing: { ...readDrawing(args), seed: sampling.seed }, speakTo: args.speak };
    const demos = readDemoArgs(args);
    if (demos && choice) throw usageError('--demos and --chain go together in eval alone', { place: '--demos' });
    if (choice) {
      const { askChain } = await import('./ask-chain.js');
      const asked = {
        model: args.model,
        modelName: args['model-name'],
        adapters,
        media: readMediaArgs(args),
        seed: sampling.seed,
        json: args.json,
      };
      await withInterrupt((signal) => askChain(question, { ...asked, choice, command: `sensorium ask ${rawArgs.join(' ')}`, signal }));
      return;
    }
    const load: LoadSpeaker = (name, signal) => loadSpeaker(name, signal, adapters);
    await withInterrupt((signal) =>
      withDemoLoad(demos, load, signal, (loadShown) =>
        ask(question, {
          model: args.model,
          json: args.json,
          media: readMediaArgs(args),
          ...out,
          ...placeArgs(args),
          signal,
          load: loadShown,
          ...sampling,
        }),
      ),
    );
  },
});
