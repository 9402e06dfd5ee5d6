// `npm run bench -- preprocess`: from the bytes of an image file to the numbers of an encoder on one thread, beside sharp, Pillow and transformers.

import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os, { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import sharp from 'sharp';
import * as media from '../src/media/index.js';
import { packageRoot } from '../src/util/package.js';
import { PeerProcess } from './peers/child.js';
import { type Photo, photograph } from './photograph.js';
import { absent, benchOptions, machineOf, median, namesOf, pause, runBench } from './report.js';

const USAGE = `usage: npm run bench -- preprocess [options]

Decodes, resizes and normalizes photographs that are drawn here, all sides in turns, each on one thread. \`decode\` and \`sharp\` are the decoder
alone, and with its own resizing (which differs from Pillow's) to the same size. Times are milliseconds, of the processor first.
`;

type Media = Pick<
  typeof media,
  | 'decodeImage'
  | 'ClipImageProcessor'
  | 'QwenVlImageProcessor'
  | 'Idefics3ImageProcessor'
  | 'imageProcessor'
  | 'letterbox'
  | 'cutTiles'
  | 'resize'
>;

/** What a processor makes: numbers, and of which size the image is resized to. */
interface ProcessorCase {
  /** Config of the class of transformers that \`class\` names. */
  config: Readonly<Record<string, unknown>> & { class: string; resample: number };
  /** Makes the processor once. */
  make(from: Media): (image: media.RgbImage) => Float32Array;
  resized(image: { width: number; height: number }): [width: number, height: number];
}

const edge = (n: number) => ({
  size: { shortest_edge: n },
  crop_size: { height: n, width: n },
  resample: 3,
});
const shortest =
  (n: number) =>
  ({ width, height }: { width: number; height: number }): [number, number] =>
    width <= height ? [n, Math.trunc((n * height) / width)] : [Math.trunc((n * width) / height), n];
const QWEN = { min_pixels: 56 * 56, max_pixels: 28 * 28 * 1280, resample: 3 };
const SMOLVLM = { size: { longest_edge: 2048 }, max_image_size: { longest_edge: 512 }, resample: 1 };
const SIGLIP = { size: { height: 384, width: 384 }, resample: 3 };

const PROCESSORS: Readonly<Record<string, ProcessorCase>> = {
  'clip-336': {
    config: { class: 'CLIPImageProcessor', ...edge(336) },
    make: (from) => {
      const processor = from.ClipImageProcessor.fromConfig(edge(336));
      return (image) => processor.process(image);
    },
    resized: shortest(336),
  },
  'qwen2-vl': {
    config: { class: 'Qwen2VLImageProcessor', ...QWEN },
    make: (from) => {
      const processor = from.QwenVlImageProcessor.fromConfig(QWEN);
      return (image) => processor.process(image).patches;
    },
    resized: (image) => {
      const { width, height } = media.QwenVlImageProcessor.fromConfig(QWEN).resizedSize(image);
      return [width, height];
    },
  },
  'siglip-384': {
    config: { class: 'SiglipImageProcessor', ...SIGLIP },
    make: (from) => {
      const processor = from.imageProcessor({ image_processor_type: 'SiglipImageProcessor', ...SIGLIP });
      return (image) => processor.process(image);
    },
    resized: () => [384, 384],
  },
  // The whole and 2 x 2 tiles of a canvas: what LLaVA-NeXT makes of a photograph of 4:3.
  'llava-next': {
    config: { class: 'LlavaNextImageProcessor', ...edge(336), image_grid_pinpoints: [[672, 672]] },
    make: (from) => {
      const processor = from.ClipImageProcessor.fromConfig(edge(336));
      return (image) => {
        const tiles = [from.resize(image, 336, 336, 'bicubic'), ...from.cutTiles(from.letterbox(image, [672, 672], 'bicubic'), 336)];
        const out = new Float32Array(tiles.length * 3 * 336 * 336);
        for (const [i, tile] of tiles.entries()) processor.processInto(tile, out, i * 3 * 336 * 336);
        return out;
      };
    },
    resized: () => [672, 504],
  },
  smolvlm: {
    config: { class: 'Idefics3ImageProcessor', ...SMOLVLM },
    make: (from) => {
      const processor = from.Idefics3ImageProcessor.fromConfig(SMOLVLM);
      return (image) => {
        const { pixels } = processor.process(image);
        const out = new Float32Array(pixels.length * 3 * 512 * 512);
        for (const [i, tile] of pixels.entries()) out.set(tile, i * 3 * 512 * 512);
        return out;
      };
    },
    resized: (image) => {
      const { width, height } = media.Idefics3ImageProcessor.fromConfig(SMOLVLM).layout(image);
      return [width, height];
    },
  },
};

const PHOTOS: Readonly<Record<string, Photo>> = {
  'jpeg-12mp': { width: 4000, height: 3000, format: 'jpeg' },
  'png-12mp': { width: 4000, height: 3000, format: 'png' },
  'webp-12mp': { width: 4000, height: 3000, format: 'webp' },
  'jpeg-512': { width: 512, height: 384, format: 'jpeg' },
  'jpeg-224': { width: 224, height: 224, format: 'jpeg' },
};

/** Milliseconds of one run. */
interface Time {
  cpu: number;
  wall: number;
}

/** A side: runs a case once. Inside this process it also gives what it made. */
type Side = (processor: string, photo: string) => Promise<Time & { made?: Float32Array }>;

/** Processor time and wall time of some work of this process. */
async function timed<T>(work: () => Promise<T>): Promise<Time & { result: T }> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { result, wall: performance.now() - wall, cpu: (user + system) / 1e3 };
}

/** The library: of this checkout, or of another. */
function library(from: Media, files: ReadonlyMap<string, Buffer>): Side {
  const kept = new Map<string, (image: media.RgbImage) => Float32Array>();
  return async (name, photo) => {
    const run = kept.get(name) ?? (PROCESSORS[name] as ProcessorCase).make(from);
    kept.set(name, run);
    const { result, ...time } = await timed(async () => run(await from.decodeImage(files.get(photo) as Buffer, { maxBytes: 2 ** 28 })));
    return { ...time, made: result };
  };
}

/** sharp alone, with or without its own resizing. */
const sharpSide =
  (files: ReadonlyMap<string, Buffer>, resizes: boolean): Side =>
  (name, photo) =>
    timed(() => {
      const picture = sharp(files.get(photo) as Buffer);
      const { resized, config } = PROCESSORS[name] as ProcessorCase;
      const [width, height] = resized(PHOTOS[photo] as Photo);
      if (resizes)
        picture.resize(width, height, { fit: 'fill', kernel: config.resample === 1 ? 'lanczos3' : 'cubic', fastShrinkOnLoad: false });
      return picture.raw().toBuffer();
    });

function pythonSide(peer: PeerProcess, side: string, dir: string): Side {
  return async (name, photo) => {
    const { config, resized } = PROCESSORS[name] as ProcessorCase;
    const all = { ...config, resized: resized(PHOTOS[photo] as Photo) };
    const [wall, cpu] = await peer.ask(`${side} ${name} ${join(dir, photo)} ${JSON.stringify(all)}`);
    return { wall: wall as number, cpu: cpu as number };
  };
}

interface CaseRow {
  processor: string;
  photo: string;
  bytes: number;
  /** Of each side. */
  times: Record<string, { cpuMedian: number; cpuMin: number; median: number; min: number }>;
  /** Times of the others divided by ours: of medians of processor time. */
  ratios: Record<string, number>;
  /** Whether the other checkout makes the same numbers. */
  sameAsBefore?: boolean;
}

const hash = (made: Float32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(made.buffer, made.byteOffset, made.byteLength))
    .digest('hex');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Rounds that do not count: the compilers of V8 are at work in the background. */
const WARMING = 4;

/** All sides in turns. */
async function measure(sides: Map<string, Side>, processor: string, photo: string, repeats: number): Promise<Omit<CaseRow, 'bytes'>> {
  const times = new Map([...sides.keys()].map((name) => [name, [] as Time[]]));
  const made = new Map<string, string>();
  for (let round = -WARMING; round < repeats; round++)
    for (const [name, side] of [...sides]) {
      collect(); // a side pays for its own garbage alone
      await pause();
      try {
        const { made: numbers, ...time } = await side(processor, photo);
        if (round === -WARMING && numbers) made.set(name, hash(numbers));
        if (round >= 0) times.get(name)?.push(time);
      } catch (error) {
        if (name === 'sensorium') throw error;
        absent(`${name}, ${processor}`, (error as Error).message);
        sides.delete(name);
        times.delete(name);
      }
    }
  const summary = [...times].map(([name, list]) => {
    const [cpu, wall] = [list.map((t) => t.cpu), list.map((t) => t.wall)];
    return [name, { cpuMedian: median(cpu), cpuMin: Math.min(...cpu), median: median(wall), min: Math.min(...wall) }] as const;
  });
  const ours = Object.fromEntries(summary).sensorium?.cpuMedian as number;
  const before = made.get('before');
  return {
    processor,
    photo,
    times: Object.fromEntries(summary),
    ratios: Object.fromEntries(summary.filter(([name]) => name !== 'sensorium').map(([name, t]) => [name, t.cpuMedian / ours])),
    ...(before === undefined ? {} : { sameAsBefore: before === made.get('sensorium') }),
  };
}

/** The rows as a table of Markdown. */
function table(rows: readonly CaseRow[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.times)))];
  const digits = (x: number): string => x.toFixed(x < 20 ? 1 : 0);
  const lines = rows.map(({ processor, photo, times, ratios, sameAsBefore: same }) => {
    const cells = names.map((name) => {
      const t = times[name];
      const ratio = ratios[name];
      if (!t) return '-';
      return `${digits(t.cpuMedian)}, ${digits(t.median)}${ratio === undefined ? '' : ` (${ratio.toFixed(2)}x)`}`;
    });
    return `| ${[`${processor}, ${photo}`, ...cells, same === undefined ? '-' : same ? 'yes' : 'NO'].join(' | ')} |`;
  });
  const head = ['case', ...names, 'same as before'];
  return [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...lines].join('\n');
}

/** Nothing else of the library is loaded: the collector of garbage goes over all that is. */
async function startPython(python: string): Promise<PeerProcess> {
  const script = join(packageRoot(), 'bench', 'peers', 'preprocess_pillow.py');
  const { peer, about } = await PeerProcess.start(python, [script], { env: { OMP_NUM_THREADS: '1' } });
  process.stderr.write(`${about}\n`);
  return peer;
}

/** Another checkout, which has been built. */
async function otherMedia(dir: string): Promise<Media> {
  return (await import(pathToFileURL(join(resolve(dir), 'dist', 'src', 'media', 'index.js')).href)) as Media;
}

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  return runBench(async () => {
    const options = benchOptions(args, USAGE, {
      processor: `LIST of ${Object.keys(PROCESSORS).join(', ')} (default: all)`,
      photo: `LIST  of ${Object.keys(PHOTOS).join(', ')} (default: all)`,
      before: 'DIR  another checkout, built, whose numbers are compared and timed',
      python: 'PATH a Python with Pillow, transformers and torch (default: SENSORIUM_PYTHON, else none)',
    });
    if (!options) return;
    const { more, repeats } = options;
    const processors = namesOf('processor', more.processor ?? Object.keys(PROCESSORS).join(','), Object.keys(PROCESSORS));
    const photos = namesOf('photo', more.photo ?? Object.keys(PHOTOS).join(','), Object.keys(PHOTOS));
    const loadBefore = os.loadavg()[0] as number;
    process.env.SENSORIUM_WORKERS = '0';
    sharp.concurrency(1);
    const dir = await mkdtemp(join(tmpdir(), 'sensorium-preprocess-'));
    let peer: PeerProcess | undefined;
    try {
      const files = new Map<string, Buffer>();
      for (const name of photos) {
        const bytes = await photograph(PHOTOS[name] as Photo);
        await writeFile(join(dir, name), bytes);
        files.set(name, await readFile(join(dir, name)));
      }
      const before = more.before === undefined ? undefined : await otherMedia(more.before);
      const python = more.python ?? process.env.SENSORIUM_PYTHON;
      if (python !== undefined && options.peers)
        peer = await startPython(python).catch((error: unknown) => {
          absent('python', (error as Error).message);
          return undefined;
        });
      const rows: CaseRow[] = [];
      for (const photo of photos)
        for (const processor of processors) {
          const sides = new Map<string, Side>([['sensorium', library(media, files)]]);
          if (before) sides.set('before', library(before, files));
          if (options.peers) {
            sides.set('decode', sharpSide(files, false));
            sides.set('sharp', sharpSide(files, true));
          }
          for (const side of peer ? ['pillow', 'pil', 'torchvision'] : []) sides.set(side, pythonSide(peer as PeerProcess, side, dir));
          const row = { ...(await measure(sides, processor, photo, repeats)), bytes: (files.get(photo) as Buffer).length };
          rows.push(row);
          process.stdout.write(`${table([row])}\n`);
        }
      const machine = machineOf(1, loadBefore);
      process.stdout.write(`\nmilliseconds of the processor, of the wall (ratio to ours)\n${table(rows)}\n${JSON.stringify(machine)}\n`);
      if (options.json === undefined) return;
      const file = {
        what: 'preprocessing of photographs from file bytes to pixel values on one thread, beside sharp, Pillow and transformers; milliseconds',
        commands: [`npm run bench -- preprocess ${args.join(' ')}`],
        date: new Date().toISOString().slice(0, 10),
        machine,
        cases: {
          processors: Object.fromEntries(processors.map((p) => [p, PROCESSORS[p]?.config])),
          photos: Object.fromEntries(photos.map((p) => [p, PHOTOS[p]])),
        },
        rows,
      };
      await writeFile(options.json, `${JSON.stringify(file, null, 2)}\n`);
    } finally {
      peer?.stop();
      await rm(dir, { recursive: true });
    }
  });
}
