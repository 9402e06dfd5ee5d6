// SigLIP's towers as the embedder feeds them, against what transformers computes (test/golden/make_llava.py, siglip2/both).

import { expect, it } from 'vitest';
import { distance, golden } from '../../test/golden/read.js';
import { input } from '../graph/index.js';
import type { Module } from '../nn/index.js';
import { compile } from '../runtime/compile.js';
import type { Tokenizer } from '../text/index.js';
import type { HostTensor } from '../util/host.js';
import { loadNetwork } from '../weights/index.js';
import { dualEncoder } from './dual-encoder.js';

it('SigLIP 2: texts filled up behind their end and images give the vectors of transformers', async () => {
  const g = await golden('siglip2/both');
  const { network, values } = await loadNetwork(g.dir, { kinds: ['encoder'] });
  const encoder = dualEncoder(network, {} as Tokenizer, g.dir);
  const ids = g.ints('ids');
  const [rows, length] = ids.shape as [number, number];
  expect(encoder.context).toBe(length);
  // Without the filling, which the encoder puts back.
  const pad = (network as Module & { config: { text_config: { pad_token_id: number } } }).config.text_config.pad_token_id;
  const texts = Array.from({ length: rows }, (_, i) => {
    const row = Array.from(ids.data.slice(i * length, (i + 1) * length) as Int32Array);
    while (row.at(-1) === pad) row.pop();
    return row;
  });
  const pixels = g.floats('pixels');
  const program = await compile(
    { text: encoder.texts(rows + 1), image: encoder.images(input('pixels', pixels.shape)) },
    { frozen: values, name: 'siglip', threads: 1 },
  );
  const { text, image } = (await program.run({ ...encoder.feeds(texts, rows + 1, [pad]), pixels })) as Record<
    string,
    HostTensor<'float32'>
  >;
  program.dispose();
  const { width } = encoder;
  expect(distance((text as HostTensor<'float32'>).data.slice(0, rows * width), g.floats('text').data)).toBeLessThan(1e-5);
  expect(distance((image as HostTensor<'float32'>).data, g.floats('image').data)).toBeLessThan(1e-5);
  expect(() => dualEncoder({}, {} as Tokenizer, 'x')).toThrowError(expect.objectContaining({ code: 'serve.embeddings' }));
});
