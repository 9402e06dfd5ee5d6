// T5 loads from a Hugging Face folder and agrees with transformers: both halves, padding on either side, greedy replies over a cache.

import { describe, expect, it } from 'vitest';
import { Mllm, Seq2SeqDecoder, textSource } from '../src/generate/index.js';
import { input } from '../src/graph/index.js';
import type { T5 } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { type LoadedNetwork, loadNetwork } from '../src/weights/index.js';
import { distance, golden, goldenNames } from './golden/read.js';

const BAR = 1e-4;

const load = async (dir: string) => (await loadNetwork(dir, { kinds: ['seq2seq'] })) as LoadedNetwork<T5>;

/** Whole sources and replies as one graph. */
async function whole({ network, values }: LoadedNetwork<T5>, feeds: Record<'ids' | 'decoder_ids' | 'mask', HostTensor<'int32'>>) {
  const at = (name: keyof typeof feeds) => input(name, feeds[name].shape, 'int32');
  const mask = at('mask');
  const ids = at('ids');
  const encoded = network.encode(network.embed(ids), mask);
  const hidden = network.hidden(at('decoder_ids'), { ids, segments: mask });
  const program = await compile({ encoded, hidden, logits: network.logits(hidden) }, { frozen: values });
  const out = await program.run(feeds);
  program.dispose();
  return out as Record<'encoded' | 'hidden' | 'logits', HostTensor<'float32'>>;
}

describe.each(goldenNames('t5'))('%s', (name) => {
  it('computes the states of both halves and the logits that transformers computes', async () => {
    const g = await golden(name);
    const ids = g.ints('ids');
    const mask = hostTensor('int32', ids.shape, new Int32Array(ids.data.length).fill(1));
    const out = await whole(await load(g.dir), { ids, decoder_ids: g.ints('decoder_ids'), mask });
    for (const key of ['encoded', 'hidden', 'logits'] as const) expect(distance(out[key].data, g.floats(key).data), key).toBeLessThan(BAR);
  });

  it.each(['left', 'right'])('is not disturbed by padding on the %s', async (side) => {
    const g = await golden(name);
    const [ids, mask, row] = [g.ints(`${side}.ids`), g.ints(`${side}.mask`), g.ints('decoder_ids')];
    const batch = ids.shape[0] as number;
    const n = row.data.length;
    const rows = Int32Array.from({ length: batch * n }, (_, i) => row.data[i % n] as number);
    const { logits } = await whole(await load(g.dir), { ids, mask, decoder_ids: hostTensor('int32', [batch, n], rows) });
    expect(distance(logits.data, g.floats(`${side}.logits`).data)).toBeLessThan(BAR);
  });

  it('replies with the same tokens, alone and in a batch of sources of different lengths', async () => {
    const g = await golden(name);
    const mask = g.rows('right.mask');
    const sources = g.rows('right.ids').map((row, b) => row.filter((_, i) => mask[b]?.[i] === 1));
    const expected = g.rows('greedy');
    const lm = await Mllm.load(g.dir, { maxReply: 32 });
    for (const [b, source] of sources.entries()) {
      const reply: number[] = [];
      for await (const { id } of lm.continueIds(source, { maxTokens: 32, endIds: [] })) reply.push(id);
      expect(reply).toEqual(expected[b]);
    }
    const decoder = await lm.programs.seq2seq();
    const state = await decoder.begin(sources);
    const replies = sources.map((): number[] => []);
    let next = sources.map(() => [(decoder.network as T5).config.pad_token_id ?? 0]);
    for (let t = 0; t < 32; t++) {
      const { data, shape } = await decoder.step(state, next);
      const vocab = shape[1] as number;
      next = replies.map((reply, b) => {
        const row = data.subarray(b * vocab, (b + 1) * vocab);
        const id = row.indexOf(Math.max(...row));
        reply.push(id);
        return [id];
      });
    }
    expect(replies).toEqual(expected);
    await lm.dispose();
  });

  it('gives the same logits in one piece, in chunks and token by token', async () => {
    const g = await golden(name);
    const loaded = await load(g.dir);
    const decoder = await Seq2SeqDecoder.create({ ...loaded, source: textSource(loaded.network), capacity: 16 });
    const source = Array.from(g.ints('ids').data);
    const reply = Array.from(g.ints('decoder_ids').data);
    const vocab = loaded.network.config.vocab_size;
    const truth = g.floats('logits').data.slice(-vocab);
    for (const cuts of [[12], [5, 1, 6], new Array<number>(12).fill(1)]) {
      const state = await decoder.begin([source]);
      let at = 0;
      let logits = new Float32Array();
      for (const n of cuts) {
        logits = (await decoder.step(state, [reply.slice(at, at + n)])).data.slice();
        at += n;
      }
      expect(distance(logits, truth)).toBeLessThan(BAR);
    }
    await expect(decoder.step(await decoder.begin([source]), [new Array<number>(17).fill(3)])).rejects.toThrow(/at most 16 tokens, got 17/);
    decoder.dispose();
  });
});
