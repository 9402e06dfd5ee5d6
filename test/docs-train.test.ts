// The programs of docs/train.md are examples, word for word, and they run.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const root = join(import.meta.dirname, '..');
const programs = [...readFileSync(join(root, 'docs/train.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map((m) => m[1] as string);
const EXAMPLES = ['objective', 'stage'];

let dir: string;
const args = process.argv;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-docs-'));
});
afterEach(async () => {
  process.argv = args;
  vi.restoreAllMocks();
  await rm(dir, { recursive: true, force: true });
});

describe('docs/train.md', () => {
  it('shows the examples as they are', () => {
    const bodies = EXAMPLES.map((name) => readFileSync(join(root, `examples/${name}.ts`), 'utf8').replace(/^[\s\S]*?\n\n/, ''));
    expect(programs).toEqual(bodies);
  });

  it.each(EXAMPLES)('%s runs, its loss falls, and it resumes', async (name) => {
    const printed: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void printed.push(words.join(' ')));
    process.argv = ['node', name, dir];
    for (const turn of ['first', 'again']) await import(/* @vite-ignore */ `${root}/examples/${name}.ts?${turn}`);
    const [first, last] = (printed[0]?.match(/[\d.]+/g) ?? []).map(Number) as [number, number];
    expect(last).toBeLessThan(0.7 * first);
    expect(printed[1]).toBe(printed[0]);
  });
});
