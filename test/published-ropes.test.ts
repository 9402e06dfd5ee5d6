// Rotary positions stretched in every spelling of published configs, alone and by sections: logits of transformers (golden/make_published.py).

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { input } from '../src/graph/index.js';
import { type CausalDecoder, type MultimodalNetwork, readFamily, sectionedRotation } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import type { HostTensor } from '../src/util/host.js';
import { loadNetwork } from '../src/weights/index.js';
import { distance, golden } from './golden/read.js';

const g = await golden('published/ropes');
const cases = g.json<Record<string, { folder: string; nested: boolean; remove: string[]; change: Record<string, unknown> }>>();
const root = await mkdtemp(join(tmpdir(), 'ropes-'));
afterAll(() => rm(root, { recursive: true }));

it.each(Object.entries(cases))('%s gives the logits of transformers', async (name, { folder, nested, remove, change }) => {
  const dir = join(root, name);
  await cp(join('test/golden/families', folder), dir, { recursive: true });
  const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'));
  const text = nested ? config.text_config : config;
  for (const key of remove) delete text[key];
  Object.assign(text, change);
  await writeFile(join(dir, 'config.json'), JSON.stringify(config));

  const { network, values } = await loadNetwork(dir);
  const language = ((network as MultimodalNetwork).language_model ?? network) as CausalDecoder;
  const ids = g.ints(`${name}.ids`);
  const feeds: Record<string, HostTensor> = { ids };
  const x = language.embed(input('ids', ids.shape, 'int32'));
  const sections = (language.config as unknown as { mrope_section?: number[] }).mrope_section;
  if (sections) feeds.positions = g.ints(`${name}.positions`);
  const rotation = sections && sectionedRotation(language.config, input('positions', [3, ...ids.shape], 'int32'), sections);
  const program = await compile({ y: language.logits(language.sequence(x, { rotation })) }, { frozen: values, threads: 1 });
  const { y } = (await program.run(feeds)) as Record<string, HostTensor<'float32'>>;
  program.dispose();
  expect(distance(y?.data as Float32Array, g.floats(`${name}.logits`).data)).toBeLessThan(1e-4);
});

describe('a config', () => {
  const read = (change: object): unknown =>
    (
      readFamily({ model_type: 'qwen2_5_vl', vision_config: { out_hidden_size: 8192 }, ...change }).config as {
        text_config: { rope_scaling?: unknown; rope_theta: number; mrope_section: number[] };
      }
    ).text_config;
  const yarn = { factor: 4, original_max_position_embeddings: 32768 };
  const card = { type: 'yarn', mrope_section: [16, 24, 24], ...yarn };
  it('says the same at the top, in text_config, and in both spellings', () => {
    const expected = { rope_theta: 1e6, rope_scaling: { rope_type: 'yarn', ...yarn }, mrope_section: [16, 24, 24] };
    expect(read({ rope_scaling: card, rope_theta: 1e6 })).toMatchObject(expected);
    expect(read({ text_config: { rope_scaling: card, rope_theta: 1e6 } })).toMatchObject(expected);
    const { type: rope_type, ...rest } = card;
    expect(read({ text_config: { rope_parameters: { rope_type, ...rest, rope_theta: 1e6 } } })).toMatchObject(expected);
    // A user adds the model card's lines to a config that transformers 5 wrote.
    expect(
      read({
        text_config: { rope_scaling: card, rope_parameters: { rope_type: 'default', rope_theta: 1e6, mrope_section: [16, 24, 24] } },
      }),
    ).toMatchObject(expected);
  });
  it.each(['dynamic', 'longrope'])('that asks for %s is refused by name', (rope_type) => {
    expect(() => read({ rope_scaling: { rope_type, factor: 2, mrope_section: [16, 24, 24] } })).toThrow(
      expect.objectContaining({ code: 'model.config', place: expect.stringContaining('rope_scaling') }),
    );
  });
});
