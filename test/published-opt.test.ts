// OPT-350m's layers (norms after, narrow embeddings, no last norm) and Galactica's (no biases): logits and replies of transformers.

import { expect, it } from 'vitest';
import { Decoder } from '../src/generate/index.js';
import { input } from '../src/graph/index.js';
import { type CausalDecoder, readFamily } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import type { HostTensor } from '../src/util/host.js';
import { loadNetwork } from '../src/weights/index.js';
import { distance, golden } from './golden/read.js';

it.each(['published/opt-350m', 'published/opt-plain'])('%s computes logits and continues as transformers does', async (name) => {
  const g = await golden(name);
  const { network, values } = await loadNetwork(g.dir);
  const language = network as CausalDecoder;
  const ids = g.ints('ids');
  const logits = language.logits(language.sequence(language.embed(input('ids', ids.shape, 'int32'))));
  const program = await compile({ logits }, { frozen: values, threads: 1 });
  const out = (await program.run({ ids })) as Record<string, HostTensor<'float32'>>;
  program.dispose();
  expect(distance(out.logits?.data as Float32Array, g.floats('logits').data)).toBeLessThan(1e-4);

  const decoder = await Decoder.create({ network: language, values, threads: 1 });
  const wanted = g.rows('greedy');
  const cache = decoder.cache(2);
  let next = g.rows('ids');
  const replies: number[][] = [[], []];
  for (const _ of wanted[0] as number[]) {
    const { data } = await decoder.step(cache, { ids: next });
    next = replies.map((reply, b) => {
      const row = data.subarray((b * data.length) / 2, ((b + 1) * data.length) / 2);
      reply.push(row.indexOf(Math.max(...row)));
      return [reply.at(-1) as number];
    });
  }
  expect(replies).toEqual(wanted);
  decoder.dispose();
});

it('has as many parameters as OPT-350m', () => {
  const sizes = { hidden_size: 1024, ffn_dim: 4096, num_hidden_layers: 24, num_attention_heads: 16, word_embed_proj_dim: 512 };
  const { family, config } = readFamily({ model_type: 'opt', do_layer_norm_before: false, ...sizes });
  const count = family
    .build(config)
    .parameters()
    .reduce((n, p) => n + p.count, 0);
  expect(count).toBe(331_196_416);
});
