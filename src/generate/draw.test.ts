// Drawing: the same seed the same pixels, the flow by a plain loop, folders there and back, and what cannot be drawn.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { input } from '../graph/index.js';
import { generatorConfig, SensoriumGenerator } from '../networks/index.js';
import { compile } from '../runtime/compile.js';
import { ModelState } from '../train/index.js';
import { worldTokenizer } from '../train/world-tokenizer.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { saveFolder } from '../weights/index.js';
import { ImageGenerator } from './draw.js';

const config = generatorConfig.parse({
  image_size: 8,
  patch_size: 4,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  condition_length: 8,
  condition_size: 8,
  text_config: {
    vocab_size: 1024,
    hidden_size: 8,
    intermediate_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 8,
    eos_token_id: 1,
  },
});
const network = new SensoriumGenerator(config).nameParameters();
const { values } = new ModelState(network.parameters(), { seed: 5 });
const tokenizer = worldTokenizer();
const side = config.image_size;

describe('drawing', () => {
  const painter = ImageGenerator.of(network, { values, tokenizer });
  afterAll(() => painter.dispose());

  test('the same seed gives the same pixels, whatever was drawn before; another seed and another text give others', async () => {
    const first = await painter.draw('a red dog', { seed: 4, steps: 3 });
    expect(first).toMatchObject({ width: side, height: side });
    const others = [await painter.draw('a red dog', { seed: 5, steps: 3 }), await painter.draw('a blue cup', { seed: 4, steps: 3 })];
    for (const other of others) expect(other.data).not.toEqual(first.data);
    expect(await painter.draw('A red dog. ', { seed: 4, steps: 3 })).toEqual(first);
    const again = ImageGenerator.of(network, { values, tokenizer });
    expect(await again.draw('a red dog', { seed: 4, steps: 3 })).toEqual(first);
    await again.dispose();
  });

  test.each([
    ['euler', 1],
    ['heun', 2.5],
  ] as const)('%s steps follow the velocity from the noise of the seed to the image', async (solver, guidance) => {
    const [x, t, condition, strength] = [
      input('x', [1, 3, side, side]),
      input('t', [1]),
      input('condition', [1, 8, 8]),
      input('guidance', [1]),
    ];
    const program = await compile({ y: network.guided(x, t, condition, strength) }, { frozen: values });
    const rows = await painter.condition(['a cat']);
    const velocity = async (at: Float32Array, time: number): Promise<number[]> => {
      const fed = {
        x: hostTensor('float32', [1, 3, side, side], at),
        t: hostTensor('float32', [1], [time]),
        condition: hostTensor('float32', [1, 8, 8], rows.data),
        guidance: hostTensor('float32', [1], [guidance]),
      };
      const { data } = (await program.run(fed)).y as HostTensor<'float32'>;
      return [...data].map((v, i) => (v - (at[i] as number)) / (1 - time));
    };
    const rng = new Rng(9).fork('noise');
    let point = Float32Array.from({ length: 3 * side * side }, () => rng.normal());
    for (let step = 0; step < 3; step++) {
      const first = await velocity(point, step / 3);
      const ahead = point.map((v, i) => v + (first[i] as number) / 3);
      if (solver === 'euler' || step === 2) point = ahead;
      else {
        const second = await velocity(ahead, (step + 1) / 3);
        point = point.map((v, i) => v + ((first[i] as number) + (second[i] as number)) / 6);
      }
    }
    program.dispose();
    const { data } = await painter.draw('a cat', { seed: 9, steps: 3, solver, guidance });
    const area = side * side;
    data.forEach((byte, i) => {
      const value = ((point[(i % 3) * area + Math.floor(i / 3)] as number) + 1) * 127.5;
      expect(Math.abs(byte - Math.max(0, Math.min(255, value)))).toBeLessThan(0.51);
    });
  });

  test('rows of a condition draw what their text does; rows of another shape are refused', async () => {
    const rows = await painter.condition(['a red dog']);
    expect(await painter.draw(rows, { steps: 2 })).toEqual(await painter.draw('a red dog', { steps: 2 }));
    await expect(painter.draw(hostTensor('float32', [4, 8]))).rejects.toMatchObject({ code: 'generate.input' });
  });

  test('what stands behind the end of a text is no part of its condition', async () => {
    const { data } = await painter.condition(['a cat', '']);
    const ids = tokenizer.encode(' a cat').length + 1;
    expect(data.subarray(ids * 8, 64).every((v) => v === 0)).toBe(true);
    expect(data.subarray(0, ids * 8).some((v) => v === 0)).toBe(false);
    expect(data.subarray(64).every((v) => v === 0)).toBe(true);
  });

  test('options out of range, long texts and a generator without words are refused; a signal stops', async () => {
    for (const wrong of [
      { steps: 0 },
      { steps: 1.5 },
      { guidance: -1 },
      { guidance: Number.NaN },
      { seed: 0.5 },
      { solver: 'dpm' as 'heun' },
    ])
      await expect(painter.draw('a cat', wrong)).rejects.toMatchObject({ code: 'generate.option' });
    await expect(painter.draw('a red dog left of a blue cup above a green car')).rejects.toMatchObject({ code: 'text.length' });
    await expect(painter.draw('x'.repeat(10_000_000))).rejects.toMatchObject({ code: 'text.length' });
    const mute = ImageGenerator.of(network, { values });
    await expect(mute.draw('a cat')).rejects.toMatchObject({ code: 'model.tokenizer' });
    await expect(painter.draw('a cat', { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  });
});

describe('a folder of a generator', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sensorium-draw-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test('draws what was saved', async () => {
    const weights = Object.fromEntries([...values].map(([p, value]) => [p.name, value]));
    await saveFolder(join(dir, 'model'), {
      config,
      weights,
      tokenizer: tokenizer.json as unknown as Record<string, unknown>,
      tokenizerConfig: tokenizer.config,
    });
    const [loaded, own] = [await ImageGenerator.load(join(dir, 'model')), ImageGenerator.of(network, { values, tokenizer })];
    expect(await loaded.draw('a cat', { steps: 2 })).toEqual(await own.draw('a cat', { steps: 2 }));
    await loaded.dispose();
    await own.dispose();
    await expect(ImageGenerator.load('models/world-detector')).rejects.toMatchObject({ code: 'model.architecture' });
  });
});
