// The benchmarks' own machinery: published sizes, equal weights, fair turns. Speeds are not tested.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeImage } from '../src/media/index.js';
import { readFamily } from '../src/networks/index.js';
import { selectRuntime } from '../src/runtime/select.js';
import { floatFolder, languageOf, quantizedFolder, randomValues } from './checkpoint.js';
import { CASES, type FineTuneCase, imageOf, makeBatch, writeBatch } from './finetune-case.js';
import { FineTuneSide } from './finetune-side.js';
import { LanguageModel } from './language.js';
import { photograph } from './photograph.js';
import { benchOptions, namesOf, numbersOf } from './report.js';
import { LANGUAGE_SHAPES, type Shape, TRAINED_SHAPES, VISION_SHAPES } from './shapes.js';
import { type Entered, type Entrant, enter, OURS, type Side, speeds, takeTurns } from './sides.js';

const parametersOf = ({ config }: Shape) => {
  const { family, config: parsed } = readFamily({ ...config }, 'config.json');
  return family.build(parsed).nameParameters().parameters();
};
const countOf = (shape: Shape | undefined): number => parametersOf(shape as Shape).reduce((n, p) => n + p.count, 0);

describe('shapes', () => {
  it('have as many parameters as the published models', () => {
    expect(countOf(LANGUAGE_SHAPES['smollm2-135m'])).toBe(134_515_008);
    expect(countOf(LANGUAGE_SHAPES['qwen2-0.5b'])).toBe(494_032_768);
    expect(countOf(LANGUAGE_SHAPES['onevision-0.5b'])).toBeGreaterThan(880e6);
    expect(countOf(LANGUAGE_SHAPES['onevision-0.5b'])).toBeLessThan(900e6);
    const tower = parametersOf(VISION_SHAPES['clip-l-336'] as Shape).filter((p) => p.name.startsWith('vision_tower.'));
    expect(tower.reduce((n, p) => n + p.count, 0)).toBe(303_507_456);
  });

  it('of SmolVLM-256M and of the LLaMA of 60 M, too', () => {
    const smolvlm = TRAINED_SHAPES['smolvlm-256m'] as Shape;
    expect(countOf(smolvlm)).toBe(256_484_928);
    expect(imageOf(smolvlm)).toMatchObject({ tokens: 64, side: 512 });
    expect(countOf(TRAINED_SHAPES['llama-60m'])).toBe(58_073_600);
  });

  it('a joined model has the weights of its language model alone', () => {
    const joined = LANGUAGE_SHAPES['onevision-0.5b'] as Shape;
    const inside = parametersOf(joined).filter((p) => p.name.startsWith('language_model.'));
    const alone = parametersOf(languageOf(joined));
    expect(inside.map((p) => [p.name.replace('language_model.', ''), p.dims])).toEqual(alone.map((p) => [p.name, p.dims]));
    expect(randomValues('language_model.model.norm.bias', [8])).toEqual(randomValues('model.norm.bias', [8]));
    expect(randomValues('model.layers.0.w.weight', [4, 8])).not.toEqual(randomValues('model.layers.1.w.weight', [4, 8]));
  });
});

describe('our side', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'bench-'));
    vi.stubEnv('SENSORIUM_BENCH_CACHE', dir);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true });
  });

  it('of fine-tuning takes the same step whether the tower runs or its rows are kept', async () => {
    const one = CASES['tiny-lora'] as FineTuneCase;
    const folder = await floatFolder(TRAINED_SHAPES[one.shape] as Shape);
    const batch = join(dir, 'batch.safetensors');
    await writeBatch(batch, makeBatch(one));
    const runtime = await selectRuntime();
    const setup = { case: one.name, folder, batch, adapter: join(dir, 'adapter'), cache: join(dir, 'cache') };
    const losses: number[][] = [];
    for (const fresh of [true, false]) {
      const side = await FineTuneSide.create(setup, runtime);
      losses.push([await side.step(fresh), await side.step(fresh), await side.step(fresh)]);
      await side.dispose();
    }
    const [fresh, kept] = losses as [number[], number[]];
    expect(fresh).toEqual(kept);
    expect(fresh[0]).toBeCloseTo(Math.log(512), 0);
    expect(fresh[2]).toBeLessThan(fresh[0] as number);
    expect(JSON.parse(readFileSync(join(dir, 'adapter', 'adapter_config.json'), 'utf8'))).toMatchObject({ r: 4, lora_alpha: 32 });
  });

  it('does the work of every line, with weights in four bits and in floats', async () => {
    const tiny = LANGUAGE_SHAPES.tiny as Shape;
    const options = { runtime: await selectRuntime(), capacity: 64, slots: 2 };
    const plain = await LanguageModel.load(await floatFolder(tiny), options);
    const packed = await LanguageModel.load(await quantizedFolder(tiny, 8), options);
    // Tied head and embedding are read once; the keys and values of two layers with two heads of 32, in float32.
    expect(plain.bytesPerToken(10)).toBe(4 * countOf(tiny) + 10 * 2 * 2 * 2 * 32 * 4);
    expect(packed.bytesPerToken(0)).toBeLessThan(plain.bytesPerToken(0) / 3);
    for (const model of [plain, packed]) {
      const side = await model.start(1);
      for (const line of ['decode 20 4', 'decode 8 4', 'prefill 30', 'streams 2 8 4']) {
        const [milliseconds] = await side.ask(line);
        expect(milliseconds, line).toBeGreaterThan(0);
      }
      expect((await side.ask('prefill 30'))[1]).toBe((await side.ask('prefill 30'))[1]);
      await expect(side.ask('sing')).rejects.toThrow(/no such work/);
      await side.stop();
    }
  });
});

describe('photographs', () => {
  it('are the same each time, and of the size that was asked for', async () => {
    const [one, two] = [
      await photograph({ width: 48, height: 32, format: 'png' }),
      await photograph({ width: 48, height: 32, format: 'png' }),
    ];
    const { width, height, data } = await decodeImage(one);
    expect([width, height]).toEqual([48, 32]);
    expect(new Set(data).size).toBeGreaterThan(100);
    expect(one.equals(two)).toBe(true);
  });
});

describe('contests', () => {
  const side = (answer: (line: string) => number[]): Side & { stopped: boolean } => ({
    stopped: false,
    ask: async (line) => answer(line),
    stop() {
      this.stopped = true;
    },
  });
  const said = () => vi.spyOn(process.stderr, 'write').mockReturnValue(true);

  it('give every side the thread count that suits it, and name those that cannot run', async () => {
    const stderr = said();
    const made: { threads: number; side: ReturnType<typeof side> }[] = [];
    const likes = (name: string, best: number): Entrant => ({
      name,
      start: async (threads) => {
        made.push({ threads, side: side(() => [Math.abs(threads - best) + 1]) });
        return (made.at(-1) as (typeof made)[0]).side;
      },
    });
    const broken: Entrant = { name: 'broken', start: () => Promise.reject(new Error('no such program\n  at …')) };
    const entered = await enter([likes(OURS, 1), broken, likes('peer', 4)], [2, 1, 4], 'probe');
    expect([...entered].map(([name, { threads }]) => [name, threads])).toEqual([
      [OURS, 1],
      ['peer', 4],
    ]);
    expect(made.filter((m) => !m.side.stopped).map((m) => m.threads)).toEqual([1, 4]);
    expect(stderr.mock.calls.flat().join('')).toContain('broken: not measured: no such program\n');
    stderr.mockRestore();
    await expect(enter([{ ...broken, name: OURS }], [1], 'probe')).rejects.toThrow('no such program');
  });

  it('take turns, count medians, drop what fails and name what computes something else', async () => {
    const stderr = said();
    const order: string[] = [];
    let calls = 0;
    const entered = new Map<string, Entered>(
      Object.entries({
        [OURS]: () => [10 * ++calls, 7],
        other: () => [5, 9],
        failing: () => {
          throw new Error('out of memory');
        },
      }).map(([name, answer]) => [
        name,
        {
          threads: 1,
          side: side(() => {
            order.push(name);
            return answer();
          }),
        },
      ]),
    );
    const failing = entered.get('failing')?.side as ReturnType<typeof side>;
    const between = vi.fn(async () => undefined);
    const times = await takeTurns(entered, 'work', { repeats: 3, between, same: true });
    expect([...times]).toEqual([
      [OURS, 30], // 20, 30 and 40, after a round that does not count
      ['other', 5],
    ]);
    expect(order.slice(0, 5)).toEqual([OURS, 'other', 'failing', OURS, 'other']);
    expect(failing.stopped).toBe(true);
    expect(between).toHaveBeenCalledTimes(3);
    const text = stderr.mock.calls.flat().join('');
    expect(text).toContain('failing: not measured: out of memory');
    expect(text).toContain("other computes something else in 'work': 9, and ours 7");
    stderr.mockRestore();
    expect(speeds(times, 3)).toEqual({ sensorium: 100, peers: { other: 600 } });
  });
});

describe('options', () => {
  it('are checked', () => {
    expect(numbersOf('contexts', '16,900')).toEqual([16, 900]);
    expect(() => numbersOf('contexts', '16,x')).toThrow(/--contexts is out of range/);
    expect(() => numbersOf('tokens', '0')).toThrow(/from 1/);
    expect(() => namesOf('model', 'gpt', ['tiny', 'smollm2-135m'])).toThrow(/tiny, smollm2-135m/);
    const options = benchOptions(['--threads', '2,1', '--quick', '--model', 'tiny'], '', { model: 'LIST' });
    expect(options).toMatchObject({ threadCounts: [2, 1], threads: 2, repeats: 1, quick: true, more: { model: 'tiny' } });
    expect(() => benchOptions(['--repeats', '3'], '')).toThrow(/whole number from 5/);
    expect(() => benchOptions(['--threads', 'two'], '')).toThrow(/--threads/);
  });
});
