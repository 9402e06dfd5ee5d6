// Vectors of a served CLIP in the forms in which CLIPs are published, against what transformers computes (test/golden/make_published.py).

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { noise } from '../../test/golden/noise.js';
import { distance, golden } from '../../test/golden/read.js';
import { ClipEmbedder } from './clip-embedder.js';

const g = await golden('published/clip');
const { texts, end } = g.json<{ texts: string[]; end: number }>();
const root = await mkdtemp(join(tmpdir(), 'clip-'));
afterAll(() => rm(root, { recursive: true }));

type Json = Record<string, unknown>;
type Config = Json & { text_config: Json; vision_config: Json };

/** A copy of the folder with another config.json. */
async function folder(name: string, change: (config: Config) => void): Promise<string> {
  const dir = join(root, name);
  await cp(g.dir, dir, { recursive: true });
  const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'));
  change(config);
  await writeFile(join(dir, 'config.json'), JSON.stringify(config));
  return dir;
}

async function embedded(dir: string, inputs: readonly string[]): Promise<{ vectors: Float32Array[]; tokens: number }> {
  const embedder = await ClipEmbedder.load(dir, { threads: 1 });
  try {
    return await embedder.texts(inputs, undefined, { truncate: true });
  } finally {
    await embedder.dispose();
  }
}

/** All vectors one after another. */
const flat = (vectors: readonly Float32Array[]): number[] => vectors.flatMap((v) => [...v]);

describe('texts', () => {
  it.each<[string, 'true' | 'legacy', (c: Config) => void]>([
    ['the id of the end token', 'true', () => {}],
    [
      '2, as OpenAI published it',
      'legacy',
      (c) => {
        c.text_config.eos_token_id = 2;
      },
    ],
    [
      'the parts given a second time, as transformers 4.20 wrote them',
      'legacy',
      (c) => {
        c.text_config_dict = { ...c.text_config, eos_token_id: 2 };
        c.vision_config_dict = c.vision_config;
        c.text_config = { model_type: 'clip_text_model' };
        c.vision_config = { ...c.vision_config, hidden_size: 8 };
      },
    ],
  ])('have the vectors of transformers with an eos_token_id of %s', async (name, key, change) => {
    const { vectors, tokens } = await embedded(await folder(name.replace(/\W/g, ''), change), texts);
    expect(distance(flat(vectors), g.floats(key).data)).toBeLessThan(1e-5);
    expect(tokens).toBe(g.ints('lengths').data.reduce((a, b) => a + b, 0));
  });

  it('have the same vectors alone, and are refused where they are longer than the context', async () => {
    const embedder = await ClipEmbedder.load(g.dir, { threads: 1 });
    const { vectors } = await embedder.texts([texts[1] as string]);
    expect(distance(flat(vectors), g.floats('true').data.slice(12, 24))).toBeLessThan(1e-5);
    await expect(embedder.texts([texts[0] as string, texts.at(-1) as string])).rejects.toMatchObject({
      code: 'text.length',
      place: 'input[1]',
    });
    await embedder.dispose();
  });

  it('get the end token of a model whose tokenizer has no frame', async () => {
    const dir = await folder('frameless', () => {});
    const path = join(dir, 'tokenizer.json');
    const tokenizer = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...tokenizer, post_processor: null }));
    const { tokens } = await embedded(dir, ['cat']);
    expect(tokens).toBe(2);
    expect(end).toBeGreaterThan(2);
  });
});

it('reads the image processor from where transformers 5 keeps it', async () => {
  const dir = await folder('nested', () => {});
  const old = join(dir, 'preprocessor_config.json');
  const image_processor = { ...JSON.parse(await readFile(old, 'utf8')), device: null };
  const [flat, image] = [await ClipEmbedder.load(dir, { threads: 1 }), noise(40, 37, 2)];
  await rm(old);
  await writeFile(join(dir, 'processor_config.json'), JSON.stringify({ processor_class: 'CLIPProcessor', image_processor }));
  const nested = await ClipEmbedder.load(dir, { threads: 1 });
  const [a, b] = [await flat.images([image]), await nested.images([image])];
  expect(b.vectors).toEqual(a.vectors);
  await flat.dispose();
  await nested.dispose();
});

it('refuses what is not a CLIP, by its model_type', async () => {
  await expect(ClipEmbedder.load('models/world-llama')).rejects.toMatchObject({ code: 'serve.embeddings' });
  await expect(
    ClipEmbedder.load(
      await folder('bad', (c) => {
        c.text_config.hidden_size = 'x';
      }),
    ),
  ).rejects.toMatchObject({ code: 'model.config' });
});
