// Every way in which a checkpoint can fail to fit a model is named, all at once.

import { describe, expect, it } from 'vitest';
import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
import { type ExpectedWeight, type MatchOptions, matchWeights, readMatched } from './match.js';
import { memorySource, type WeightSource } from './source.js';

const model: ExpectedWeight[] = [
  { name: 'model.embed_tokens.weight', shape: [4, 2] },
  { name: 'model.norm.weight', shape: [2] },
  { name: 'lm_head.weight', shape: [4, 2] },
];
const full = () => ({
  'model.embed_tokens.weight': hostTensor('float32', [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
  'model.norm.weight': hostTensor('bfloat16', [2], [0x3f80, 0x3f80]),
  'lm_head.weight': hostTensor('float16', [4, 2]),
});
const failure = (expected: ExpectedWeight[], source: WeightSource, options?: MatchOptions): SensoriumError => {
  try {
    matchWeights(expected, source, options);
  } catch (error) {
    if (error instanceof SensoriumError) return error;
    throw error;
  }
  throw new Error('it matched');
};
const tied = { 'lm_head.weight': 'model.embed_tokens.weight' };

describe('matchWeights', () => {
  it('pairs equal names', () => {
    expect([...matchWeights(model, memorySource(full()))]).toEqual(model.map(({ name }) => [name, name]));
  });

  it('lists what is missing, extra, of wrong shape and of wrong type in one error', () => {
    const error = failure(
      model,
      memorySource({
        'model.embed_tokens.weight': hostTensor('float32', [4, 3]),
        'model.norm.weight': hostTensor('int64', [2], [1, 1]),
        'model.bonus': hostTensor('float32', [7]),
      }),
      { place: 'models/x' },
    );
    expect(error.code).toBe('weights.mismatch');
    expect(error.place).toBe('models/x');
    for (const text of [
      '1 missing: lm_head.weight [4,2]',
      '1 not in the model: model.bonus [7]',
      '1 of wrong shape: model.embed_tokens.weight expected [4,2] got [4,3]',
      '1 of wrong dtype: model.norm.weight expected a float type got int64',
    ])
      expect(error.message).toContain(text);
  });

  it('shows ten of each kind and counts the rest', () => {
    const many = Array.from({ length: 25 }, (_, i) => ({ name: `w${i}`, shape: [1] }));
    const { message } = failure(many, memorySource({}));
    expect(message).toMatch(/25 missing: w0 \[1\],.*w9 \[1\] and 15 more/);
    expect(message).not.toContain('w10');
  });

  it('fills tied weights from either name, and accepts both', () => {
    const { 'lm_head.weight': head, ...body } = full();
    expect(matchWeights(model, memorySource(body), { tied }).get('lm_head.weight')).toBe('model.embed_tokens.weight');
    expect(matchWeights(model.slice(0, 2), memorySource(full()), { tied }).size).toBe(2);
    const headOnly = { 'lm_head.weight': head, 'model.norm.weight': body['model.norm.weight'] };
    expect(matchWeights(model.slice(0, 2), memorySource(headOnly), { tied }).get('model.embed_tokens.weight')).toBe('lm_head.weight');
    expect(failure(model, memorySource(body)).message).toContain('1 missing: lm_head.weight');
    expect(failure([{ name: 'lm_head.weight', shape: [5, 2] }, ...model.slice(0, 2)], memorySource(body), { tied }).message).toContain(
      'expected [5,2] got [4,2]',
    );
  });

  it('overlooks buffers of old checkpoints and what it is told to', () => {
    const extra = {
      ...full(),
      'vision_model.embeddings.position_ids': hostTensor('int64', [1, 5]),
      'x.rotary_emb.inv_freq': hostTensor('float32', [2]),
    };
    expect(matchWeights(model, memorySource(extra)).size).toBe(3);
    const more = memorySource({ ...extra, 'mtp.layer': hostTensor('float32', [2]) });
    expect(failure(model, more).message).toContain('1 not in the model: mtp.layer');
    expect(matchWeights(model, more, { ignore: [/^mtp\./] }).size).toBe(3);
  });

  it('demands exactly the type where it is not a float', () => {
    const ids = memorySource({ ids: hostTensor('int32', [1], [1]) });
    expect(matchWeights([{ name: 'ids', shape: [1], dtype: 'int32' }], ids).size).toBe(1);
    expect(failure([{ name: 'ids', shape: [1], dtype: 'int64' }], ids).message).toContain('ids expected int64 got int32');
  });

  it('names a type that cannot be read instead of calling the tensor missing', () => {
    const source: WeightSource = { ...memorySource({}), unsupported: new Map([['w', 'F8_E4M3']]) };
    expect(failure([{ name: 'w', shape: [1] }], source).message).toContain('1 of wrong dtype: w expected a float type got F8_E4M3');
  });
});

describe('readMatched', () => {
  it('reads as float32 under the expected names, tied ones once', async () => {
    const { 'lm_head.weight': _, ...body } = full();
    const read = await readMatched(model, memorySource(body), { tied });
    expect(Object.keys(read)).toEqual(model.map(({ name }) => name));
    expect(read['model.norm.weight']).toEqual({ dtype: 'float32', shape: [2], data: Float32Array.of(1, 1) });
    expect(read['lm_head.weight']).toBe(read['model.embed_tokens.weight']);
  });
});
