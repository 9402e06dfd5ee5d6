// Engines on a device: many conversations decode over caches that stay there, and replies are those of the CPU.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useSoftwareDriver } from '../../../test/webgpu/software.js';
import type { Runtime } from '../../runtime/runtime.js';
import { selectRuntime } from '../../runtime/select.js';
import { Mllm } from '../mllm.js';
import { Engine } from './engine.js';
import { alone, mixedRequests, read, type Said, smallDecoder, VOCAB } from './engine.test-model.js';
import { Seq2SeqEngine } from './seq2seq-engine.js';

const isHere = useSoftwareDriver();

function expectSame(got: Said, want: Said): void {
  expect(got.ids).toEqual(want.ids);
  for (const [i, p] of got.logProbs.entries()) expect(Math.abs(p - (want.logProbs[i] as number))).toBeLessThan(1e-3);
}

describe.runIf(isHere)('engines on a device', () => {
  let gpu: Runtime;
  let traffic: { uploaded: number; downloaded: number };
  beforeAll(async () => {
    gpu = await selectRuntime('native', 'webgpu');
    traffic = gpu.memory?.traffic as typeof traffic;
  });
  const crossed = (): number => traffic.uploaded + traffic.downloaded;

  it('a decoder: rows join, leave and move; a token costs its logits', async () => {
    const [ours, theirs] = [await smallDecoder({ runtime: gpu }), await smallDecoder({})];
    const engine = await Engine.create({ decoder: ours }, { slots: 2, prefillChunk: 32, prefixBytes: 2 ** 16, lookup: false });
    try {
      const requests = mixedRequests(3).map((r) => ({ ...r, maxTokens: 4 }));
      const said = await Promise.all(requests.map((r) => read(engine.submit(r))));
      for (const [i, r] of requests.entries()) expectSame(said[i] as Said, await alone(theirs, r));
      // A longer reply in steady state: logits of each row, its log-sum, and a few numbers that say where tokens go.
      const long = engine.submit({ ids: [1, 2, 3], maxTokens: 12 });
      for (let i = 0; i < 3; i++) await long.next();
      const [before, steps] = [crossed(), engine.stats().decodes];
      const rest = await read(long);
      const each = (crossed() - before) / (engine.stats().decodes - steps);
      expect(rest.ids.length).toBeGreaterThan(6);
      const caches = 2 * 2 * 2 * 16 * 160 * 4; // layers, keys and values, heads, size, positions, bytes
      expect(each).toBeLessThan(4 * VOCAB + 64);
      expect(each).toBeLessThan(caches / 100);
    } finally {
      await engine.dispose();
      ours.dispose();
      theirs.dispose();
    }
  });

  describe('an encoder-decoder', () => {
    const FOLDER = 'test/golden/families/t5/flan';
    const options = { maxReply: 100, maxSource: 80 };
    let ours: Mllm;
    let theirs: Mllm;
    beforeAll(async () => {
      theirs = await Mllm.load(FOLDER, options);
      ours = await Mllm.load(FOLDER, { ...options, device: 'webgpu' });
    });
    afterAll(() => Promise.all([ours?.dispose(), theirs?.dispose()]));
    const requests = [12, 70, 30].map((n, i) => ({
      ids: Array.from({ length: n }, (_, k) => 2 + ((k * 7 + i * 13) % 60)),
      maxTokens: 3 + 2 * i,
      logitBias: { 0: -100, 1: -100 },
    }));

    it('decodes together over caches that stay there', async () => {
      const say = async (lm: Mllm): Promise<Said[]> => {
        const engine = await Seq2SeqEngine.create(lm, { slots: 2 });
        try {
          return await Promise.all(requests.map((r) => read(engine.submit(r))));
        } finally {
          await engine.dispose();
        }
      };
      const wanted = await say(theirs);
      for (const [i, got] of (await say(ours)).entries()) expectSame(got, wanted[i] as Said);
    });

    it('lets nothing but logits cross in a step, also where rows fork', async () => {
      const decoder = await ours.programs.seq2seq();
      const { seq2seqPolicy } = await import('../seq2seq-policy.js');
      const [here, there] = [seq2seqPolicy(decoder), seq2seqPolicy(await theirs.programs.seq2seq())];
      const prompt = { ids: Int32Array.of(0), source: { ids: Int32Array.from(requests[2]?.ids ?? []), media: [] } };
      let [rows, other] = [await here.start([prompt]), await there.start([prompt])];
      [rows, other] = [here.select(rows, [0, 0, 0]), there.select(other, [0, 0, 0])];
      let at = await here.step(rows, [5, 6, 7]);
      let want = await there.step(other, [5, 6, 7]);
      [rows, other] = [here.select(rows, [2, 2, 0]), there.select(other, [2, 2, 0])];
      const before = crossed();
      at = await here.step(rows, [8, 9, 10]);
      want = await there.step(other, [8, 9, 10]);
      const vocab = decoder.network.config.vocab_size;
      // Four rows: forking rounds nothing up here, but rows and positions are counted out in numbers.
      expect(crossed() - before).toBeLessThan(3 * 4 * vocab + 6000);
      for (let i = 0; i < 3; i++)
        for (const [k, v] of want.at(i).entries()) expect(Math.abs((at.at(i)[k] as number) - v)).toBeLessThan(2e-3);
    });
  });
});
