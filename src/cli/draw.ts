// `sensorium draw "a red apple left of a dog" --out x.png`: images drawn by a generator, the same for the same seed.

import { extname } from 'node:path';
import { type ArgsDef, defineCommand } from 'citty';
import type { DrawOptions, Solver } from '../generate/draw.js';
import type { RgbImage } from '../media/image.js';
import { writeAtomic } from '../util/fs.js';
import { fetchModel } from './fetch-model.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';

/** The generator that draws when none is named: of scenes of the world, by recipes/generator.ts. */
export const DEFAULT_GENERATOR = 'models/world-generator';

/** What `draw` needs of a generator. */
export interface Painter {
  draw(text: string, options: DrawOptions): Promise<RgbImage>;
  dispose(): Promise<void>;
}

/** What is drawn and where it goes; `load` and `write` are replaceable in tests. */
export interface DrawRequest extends DrawOptions {
  text: string;
  out: string;
  /** Images, with seeds that count on. Default 1. */
  n?: number;
  model?: string;
  load?: (dir: string, signal?: AbortSignal) => Promise<Painter>;
  write?: (path: string, image: RgbImage) => Promise<void>;
}

const loadPainter = async (dir: string, signal?: AbortSignal): Promise<Painter> => {
  const { ImageGenerator } = await import('../generate/draw.js');
  return ImageGenerator.load(await fetchModel(dir, { signal }), { signal });
};

/** Writes an image as a PNG file. */
export async function writePng(path: string, image: RgbImage): Promise<void> {
  const { encodePng } = await import('../media/image.js');
  await writeAtomic(path, await encodePng(image));
}

/** Throws a usage error unless a file is to be a PNG. */
export function assertPng(file: string, place = '--out'): void {
  if (extname(file).toLowerCase() === '.png') return;
  throw usageError('images are written as PNG', { place, expected: 'a file that ends with .png', got: file || 'nothing' });
}

/** Names of `n` files: the one that was given, or with -1, -2, … before its ending. */
export function fileNames(out: string, n: number): string[] {
  const ending = extname(out);
  const stem = out.slice(0, out.length - ending.length);
  return n === 1 ? [out] : Array.from({ length: n }, (_, i) => `${stem}-${i + 1}${ending}`);
}

/** Draws, and returns the files that were written with the seed of each. */
export async function draw(request: DrawRequest): Promise<{ file: string; seed: number }[]> {
  const { text, out, n = 1, model = DEFAULT_GENERATOR, seed = 0, load = loadPainter, write = writePng, ...how } = request;
  if (text.trim() === '') throw usageError('nothing to draw', { expected: 'sensorium draw "a red apple" --out apple.png' });
  assertPng(out);
  const painter = await load(model, how.signal);
  const made: { file: string; seed: number }[] = [];
  try {
    for (const [i, file] of fileNames(out, n).entries()) {
      await write(file, await painter.draw(text, { ...how, seed: seed + i }));
      made.push({ file, seed: seed + i });
    }
  } finally {
    await painter.dispose();
  }
  return made;
}

/** Options of commands that draw. */
export const drawArgs = {
  steps: { type: 'string', description: 'steps from noise to image (default: 24)', valueHint: 'N' },
  guidance: { type: 'string', description: '1 draws by the text as it was learned, more follows it closer (default: 1.5)', valueHint: 'G' },
  solver: { type: 'string', description: 'euler, or heun: twice the work for each step, fewer steps (default: euler)', valueHint: 'NAME' },
} as const satisfies ArgsDef;

/** Reads and bounds the options of drawing. */
export function readDrawing(args: Readonly<Record<string, unknown>>): Pick<DrawOptions, 'steps' | 'guidance' | 'solver'> {
  const text = (name: string): string | undefined => args[name] as string | undefined;
  const options = {
    steps: numberOption('steps', text('steps'), { min: 1, max: 1000, integer: true }),
    guidance: numberOption('guidance', text('guidance'), { min: 0, max: 100 }),
    solver: choiceOption<Solver>('solver', text('solver'), ['euler', 'heun']),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

export default defineCommand({
  meta: { name: 'draw', description: 'Draw images by a text; the same seed gives the same pixels' },
  args: {
    text: { type: 'positional', description: 'what is drawn, in quotes', required: false },
    out: { type: 'string', description: 'the PNG file to write', default: 'drawing.png', valueHint: 'FILE' },
    model: {
      type: 'string',
      description: 'folder, name or hub id of a generator, as recipes/generator.ts trains one',
      default: DEFAULT_GENERATOR,
      valueHint: 'MODEL',
    },
    n: { type: 'string', description: 'images, with seeds that count on (default: 1)', valueHint: 'N' },
    seed: { type: 'string', description: 'of the first image (default: 0)', valueHint: 'N' },
    ...drawArgs,
    json: { type: 'boolean', description: 'print one JSON object with the files and their seeds' },
  },
  async run({ args }) {
    const [text, ...more] = args._;
    if (text === undefined || more.length > 0)
      throw usageError(text === undefined ? 'nothing to draw' : 'one text at a time', {
        expected: 'sensorium draw "a red apple" --out apple.png',
      });
    const n = numberOption('n', args.n, { min: 1, max: 1000, integer: true });
    const seed = numberOption('seed', args.seed, { min: 0, integer: true });
    await withInterrupt(async (signal) => {
      const images = await draw({ text, out: args.out, model: args.model, n, seed, signal, ...readDrawing(args) });
      const lines = args.json
        ? [JSON.stringify({ model: args.model, text, images })]
        : images.map(({ file, seed: own }) => `${file} (seed ${own})`);
      process.stdout.write(`${lines.join('\n')}\n`);
    });
  },
});
