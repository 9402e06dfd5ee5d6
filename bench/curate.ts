// `npm run bench -- curate`: images per second through the whole filter pipeline, tar to tar, beside sharp decoding and resizing the same files.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { curate } from '../src/curate/index.js';
import { writeTar } from '../src/curate/testing.js';
import { atOnce } from '../src/util/at-once.js';
import { type Photo, photograph } from './photograph.js';
import { benchOptions, median, pause, type Row, report, runBench } from './report.js';

const USAGE = `usage: npm run bench -- curate [options]

Filters photographs that are drawn here (caption, size, shape, pHash), from a tar file into tar shards, in turns with sharp, which decodes the
same bytes from memory and resizes them to the size that the filters look at, as many at once.
`;

const PHOTOS: Readonly<Record<string, Photo & { count: number }>> = {
  'jpeg-512': { width: 512, height: 384, format: 'jpeg', count: 400 },
  'jpeg-1mp': { width: 1200, height: 900, format: 'jpeg', count: 120 },
  'png-512': { width: 512, height: 384, format: 'png', count: 120 },
};
/** Shorter sides that sharp resizes to: what these filters look at, and what a CLIP would. */
const SIDES = [64, 224];
const AT_ONCE = 8;

const FILTERS = [
  { name: 'words' },
  { name: 'repetition' },
  { name: 'banned' },
  { name: 'size' },
  { name: 'aspect' },
  { name: 'duplicate' },
];

/** Images per second, and per second of the processor, of some work over `count` of them. */
async function rate(count: number, work: () => Promise<unknown>): Promise<{ wall: number; cpu: number }> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: count / ((performance.now() - started) / 1e3), cpu: count / ((user + system) / 1e6) };
}

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  return runBench(async () => {
    const options = benchOptions(args, USAGE);
    if (!options) return;
    const dir = await mkdtemp(join(tmpdir(), 'sensorium-bench-curate-'));
    const rows: Row[] = [];
    try {
      for (const [name, photo] of Object.entries(PHOTOS)) {
        const bytes = await photograph(photo);
        const count = options.quick ? 40 : photo.count;
        const file = join(dir, `${name}.tar`);
        await writeTar(
          file,
          Array.from({ length: count }, (_, i) => [
            [`${i}.${photo.format}`, bytes] as const,
            [`${i}.txt`, `a photograph number ${i} of shapes on a lawn`] as const,
          ]).flat(),
        );
        const ours = (): Promise<unknown> => curate(file, { out: join(dir, 'out'), filters: FILTERS, concurrency: AT_ONCE, force: true });
        const theirs = (side: number): Promise<unknown> =>
          atOnce(Array.from({ length: count }), AT_ONCE, () => sharp(bytes).resize(side, side, { fit: 'outside' }).raw().toBuffer());
        const sides: [string, () => Promise<unknown>][] = [['sensorium', ours]];
        if (options.peers) for (const side of SIDES) sides.push([`sharp to ${side}`, () => theirs(side)]);
        const rates = new Map(sides.map(([side]) => [side, { wall: [] as number[], cpu: [] as number[] }]));
        for (let round = -1; round < options.repeats; round++)
          for (const [side, work] of sides) {
            await pause();
            const images = await rate(count, work);
            if (round < 0) continue;
            rates.get(side)?.wall.push(images.wall);
            rates.get(side)?.cpu.push(images.cpu);
          }
        // On a busy machine the seconds of the processor are what compares.
        for (const [kind, unit] of [
          ['wall', 'images/s'],
          ['cpu', 'images/s of the processor'],
        ] as const) {
          const { sensorium = 0, ...peers } = Object.fromEntries([...rates].map(([side, each]) => [side, median(each[kind])]));
          rows.push({ name: 'curate', case: name, unit, sensorium, peers, roofline: null, extra: { bytes: bytes.length } });
        }
      }
    } finally {
      await rm(dir, { recursive: true });
    }
    report(rows, options);
  });
}
