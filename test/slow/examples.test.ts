// Every program of examples/ runs as it stands: those that need a model are given one trained here, and the shipped one where it is there.

import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readReport, scoreOf } from '../../src/evaluate/index.js';
import { clipVision, llama, mllm, mlp } from '../../src/networks/index.js';
import { assemble, clipOf, planRecipe, type Recipe } from '../../src/train/index.js';
import { worldTokenizer } from '../../src/train/world-tokenizer.js';
import { saveFolder } from '../../src/weights/index.js';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');
const TINY = 'models/sensorium-tiny';
const CLIP = 'models/world-clip';
const args = process.argv;
const ran = new Set<string>();
let runs = 0;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-examples-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));
afterEach(() => {
  process.argv = args;
  vi.restoreAllMocks();
});

/** Runs a program as `npx tsx examples/NAME.ts ARGUMENTS` would, and returns what it prints. */
async function run(name: string, ...given: string[]): Promise<string> {
  let printed = '';
  vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => {
    printed += `${words.join(' ')}\n`;
  });
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  process.argv = ['node', name, ...given];
  try {
    await import(/* @vite-ignore */ `${EXAMPLES}/${name}.ts?run=${++runs}`); // a program that ran before runs again
  } finally {
    write.mockRestore();
  }
  ran.add(name);
  return printed;
}

describe('examples without a model', () => {
  it('gradient: the loss falls from log 10 to nearly nothing', async () => {
    const [first, last] = [...(await run('gradient')).matchAll(/loss ([\d.]+)/g)].map((m) => Number(m[1]));
    expect(first).toBeCloseTo(Math.log(10), 3);
    expect(last).toBeLessThan(0.5);
  });
  it('objective and stage: own losses fall', async () => {
    for (const name of ['objective', 'stage']) {
      const [first, last] = ((await run(name, join(dir, name))).match(/[\d.]+/g) ?? []).map(Number) as [number, number];
      expect(last).toBeLessThan(first * 0.7);
    }
  });
  it('world-data: five image files, read back with their dialogues', async () => {
    const out = await run('world-data', join(dir, 'world'));
    expect(readdirSync(join(dir, 'world')).sort()).toEqual(['data.json', 'images']);
    expect(readdirSync(join(dir, 'world', 'images'))[0]).toBe('test-0000000.png');
    expect(out.match(/^images\/test-000000\d\.png: \S/gm)).toHaveLength(5);
  });
  it('resume: the same bits', async () => {
    const out = await run('resume', join(dir, 'resume'));
    expect(out).toContain('stopped: AbortError');
    expect(out).toContain('identical weights: true');
  });
  it('connector: four tokens an image, its own names', async () => {
    expect(await run('connector')).toMatch(/^4 tokens an image: multi_modal_projector\.queries,multi_modal_projector\.k_proj\.weight/);
  });
  it('recipe: one pass over the data by default, and every stage takes a step', async () => {
    const { default: recipe } = (await import(join(EXAMPLES, 'recipe.ts'))) as { default: Recipe };
    ran.add('recipe');
    const plan = await planRecipe(recipe, { dir, timedSteps: 1, overrides: ['batch=4'] });
    expect(plan.stages.map((s) => [s.name, s.steps])).toEqual([
      ['contrastive', 5000],
      ['pretrain', 5000],
      ['instruct', 10_000],
    ]);
  });
});

describe('examples with a model', () => {
  it('train: learns, saves, answers', async () => {
    const out = await run('train', join(dir, 'run'));
    const [, first, last] = /loss ([\d.]+) -> ([\d.]+)/.exec(out) as RegExpExecArray;
    expect(Number(last)).toBeLessThan(0.6 * Number(first));
    expect(out).toMatch(/said {2}\S/);
    expect(existsSync(join(dir, 'run', 'model', 'config.json'))).toBe(true);
  });
  it('ask', async () =>
    expect(
      await run('ask', join(dir, 'run', 'model'), join(dir, 'world', 'images', 'test-0000000.png'), 'Describe the image briefly.'),
    ).toMatch(/^\S.* (stop|length)\nmean log-probability -/s));
  it('stream', async () => expect((await run('stream', join(dir, 'run', 'model'), '60000')).trim()).not.toBe(''));
  it('serve: over the wire and without', async () => {
    const [streamed, ...rest] = (await run('serve', join(dir, 'run', 'model'))).split('\n');
    expect(streamed).not.toBe('');
    expect(rest.join('').trim()).not.toBe('');
  });
  it('structured: forms, processors and beams', async () =>
    expect(await run('structured', join(dir, 'run', 'model'))).toMatch(
      /^schema (stop \{"caption":".*","objects":\d\}|length undefined)\nchoice (Yes|No) .*\nshort \d\d?\nbeam -.*\nbeam -/s,
    ));
  it('evaluate: baselines beside the model', async () =>
    expect(await run('evaluate', join(dir, 'run', 'model'), '6')).toMatch(
      /^model: .*\nalwaysYes: POPE F1 0\.667.*\nalwaysNo: POPE F1 0\.000.*\nmostFrequent: .*\nsilent: .*\nblind: /,
    ));
});

describe.skipIf(!existsSync(TINY))(`examples with ${TINY} (skipped when the folder is missing: npm run train:parts makes it)`, () => {
  it('evaluate: what its report says, to the error of a small sample, and far above answering blindly', async () => {
    const { benchmarks } = await readReport(join(TINY, 'report.json'));
    const reported = (bench: string, name: string, who?: string): number => scoreOf(benchmarks, bench, name, who).value;
    const [, f1, color] = /^model: POPE F1 ([\d.]+), color ([\d.]+)/.exec(await run('evaluate', TINY, '60')) as RegExpExecArray;
    // Three standard errors at 60 samples.
    expect(Math.abs(Number(f1) - reported('pope', 'F1, random'))).toBeLessThan(0.2);
    expect(Math.abs(Number(color) - reported('vqa', 'color'))).toBeLessThan(0.2);
    expect(Number(f1)).toBeGreaterThan(reported('pope', 'F1, random', 'alwaysYes'));
    expect(Number(color)).toBeGreaterThan(reported('vqa', 'color', 'blind') + 0.3);
  });
  it('structured: a value that says what the text says', async () =>
    expect(await run('structured', TINY)).toMatch(/^schema stop \{"caption":"[A-Z][a-z ,]+\.","objects":\d\}\nchoice (Yes|No) /));
  it('stream: words', async () => expect(await run('stream', TINY, '60000')).toMatch(/\w+ \w+/));
});

describe.skipIf(!existsSync(CLIP))(`examples with ${CLIP} (skipped when the folder is missing: npm run train:parts makes it)`, () => {
  it('zero-shot: top-1 above 0.9', async () => expect(Number(/top-1 ([\d.]+)/.exec(await run('zero-shot'))?.[1])).toBeGreaterThan(0.9));
});

describe('zero-shot', () => {
  it('runs on a folder with an untrained CLIP, near chance', async () => {
    const spec = mllm({
      vision: clipVision({ imageSize: 64, patchSize: 16, width: 32, layers: 1 }),
      connector: mlp(),
      language: llama({ width: 32, layers: 1, heads: 2 }),
    });
    const state = await assemble(spec, { seed: 0, tokenizer: worldTokenizer });
    const { network: clip, tokenizer, processor } = clipOf(state, 'test');
    const weights = Object.fromEntries([...clip.namedParameters()].map(([name, p]) => [name, state.value(p)]));
    const { json, config: tokenizerConfig } = tokenizer;
    await saveFolder(join(dir, 'clip'), {
      config: clip.config,
      weights,
      tokenizer: json as never,
      tokenizerConfig,
      preprocessor: processor.toJSON(),
    });
    expect(Number(/top-1 ([\d.]+)/.exec(await run('zero-shot', join(dir, 'clip')))?.[1])).toBeLessThan(0.3);
  });
});

describe('the folder', () => {
  it('has no program that nothing runs', () => {
    const names = readdirSync(EXAMPLES)
      .filter((f) => f.endsWith('.ts'))
      .map((f) => basename(f, '.ts'));
    expect(names.filter((n) => !ran.has(n))).toEqual([]);
  });
});
