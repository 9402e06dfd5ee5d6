// A four-bit copy of a trained model beside its float: accuracy on the same rows, bytes of weights, and milliseconds for a token.

import { join } from 'node:path';
import type { FinishContext } from '../../src/cli/recipe-module.js';
import { type Benchmark, responderOf, runBenchmarks, type Score } from '../../src/evaluate/index.js';
import { quantizeFolder } from '../../src/generate/index.js';
import { Mllm } from '../../src/generate/mllm.js';
import { loadSprites, makeScene, renderScene } from '../../src/world/index.js';
import { pooled } from './zoo.js';

/** A number without an interval, such as a size. */
const plain = (name: string, value: number, n: number, note: string, better: Score['better'] = 'lower'): Score => ({
  name,
  value,
  low: value,
  high: value,
  n,
  better,
  note,
});

/** Median milliseconds for the first token (image and prompt) and for each further one, over a few pictures one after another. */
export async function latency(model: Mllm, signal: AbortSignal, pictures = 12): Promise<{ first: number; next: number }> {
  const sprites = await loadSprites();
  const [firsts, nexts]: [number[], number[]] = [[], []];
  for (let i = 0; i < pictures + 2; i++) {
    const scene = makeScene(7000 + i, { split: 'test' });
    const source = { width: scene.size, height: scene.size, data: renderScene(scene, sprites) };
    const messages = [
      {
        role: 'user' as const,
        content: [
          { type: 'image' as const, source },
          { type: 'text' as const, text: 'Describe the image in detail.' },
        ],
      },
    ];
    const began = performance.now();
    let [first, tokens] = [0, 0];
    for await (const _ of model.stream({ messages, maxTokens: 24, temperature: 0, signal })) {
      first ||= performance.now() - began;
      tokens++;
    }
    if (i < 2 || tokens < 2) continue; // programs are compiled at the first
    firsts.push(first);
    nexts.push((performance.now() - began - first) / (tokens - 1));
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return { first: median(firsts), next: median(nexts) };
}

/** `more` of a recipe of the zoo: the model that it saved in `DIR/model`, in four bits in `DIR/int4`, on the rows of `benchmark`. */
export function int4Beside(benchmark: () => Benchmark | Promise<Benchmark>) {
  return async (float: Mllm, { dir, signal }: FinishContext, rows: number): Promise<Score[]> => {
    const made = await quantizeFolder(join(dir, 'model'), join(dir, 'int4'), { bits: 4, signal });
    const model = await Mllm.load(join(dir, 'int4'), { signal });
    try {
      const responder = await responderOf(model);
      const [result] = await runBenchmarks({ responder, benchmarks: [await benchmark()], n: rows, baselines: false, signal });
      await responder.dispose();
      const own = pooled((result?.scores.model ?? []).filter(({ detail }) => !detail));
      const [before, after] = [await latency(float, signal), await latency(model, signal)];
      return [
        { ...own, name: `int4, ${own.name}` },
        plain('float, MB', made.bytesBefore / 1e6, 1, 'weights in the file'),
        plain('int4, MB', made.bytesAfter / 1e6, 1, 'weights in the file; head and embedding in 8 bits'),
        plain('float, ms to the first token', before.first, 12, 'median, with the image'),
        plain('int4, ms to the first token', after.first, 12, 'median, with the image'),
        plain('float, ms a token', before.next, 12, 'median'),
        plain('int4, ms a token', after.next, 12, 'median'),
      ];
    } finally {
      await model.dispose();
    }
  };
}
