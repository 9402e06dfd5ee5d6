// Which layers an adapter is put on: peft's rules for names, patterns and layers, what is counted, and what is refused by name.

import { describe, expect, it } from 'vitest';
import type { Linear } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { mlp } from '../connectors/mlp.js';
import { clipVision, llama, mllm } from '../families/sensorium/specs.js';
import { attachLora, type LoraRequest, lora } from './lora.js';
import { layerOf, patternValue } from './patterns.js';
import { linearLayers } from './targets.js';

const language = { width: 32, layers: 3, heads: 2, vocabSize: 20, positions: 16 };
const plain = (tied = true) =>
  llama({ ...language, tied })
    .build()
    .nameParameters();
const joined = () =>
  mllm({ vision: clipVision({ imageSize: 16, patchSize: 4, width: 16, layers: 3, heads: 2 }), connector: mlp(), language: llama(language) })
    .build({ vocabSize: 20, imageTokenId: 3 })
    .nameParameters();

const attach = (network: Parameters<typeof attachLora>[0], request: Partial<LoraRequest>) =>
  attachLora(network, lora({ rank: 2, targets: ['q_proj'], ...request }), { seed: 7 });
const failure = (run: () => unknown): SensoriumError => {
  try {
    run();
  } catch (error) {
    if (error instanceof SensoriumError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('targets', () => {
  it.each([
    ['ends of names', { targets: ['q_proj', 'mlp.up_proj'] }, 6],
    ['a whole name', { targets: ['model.layers.1.self_attn.q_proj'] }, 1],
    ['a regular expression for whole names', { targets: String.raw`.*layers\.[01]\..*(q|v)_proj` }, 4],
    ['everything but the head', { targets: 'all-linear' }, 21],
    ['without some', { targets: 'all-linear', exclude: ['mlp.up_proj', 'o_proj'] }, 15],
    ['without those of a pattern', { targets: 'all-linear', exclude: '.*proj' }, 0],
    ['in some layers', { targets: ['q_proj'], layers: [0, 2] }, 2],
    ['in some layers of a list by name', { targets: ['q_proj'], layers: [1], layersPattern: ['layers'] }, 1],
    ['not in modules that are trained whole', { targets: 'all-linear', modulesToSave: ['mlp'] }, 12],
  ] as const)('%s', (_, request, count) => {
    const run = () => attach(plain(false), request as Partial<LoraRequest>);
    if (count === 0) expect(failure(run).code).toBe('adapter.target');
    else expect(run().layers.size).toBe(count);
  });

  it('reach vision tower, connector and decoder; parameters stand under the names of their layers', () => {
    const network = joined();
    const { layers, parameters, count } = attach(network, { targets: ['q_proj', 'linear_1'] });
    expect([...layers.keys()].filter((path) => path.startsWith('vision_tower.'))).toHaveLength(3);
    expect([...layers.keys()]).toContain('multi_modal_projector.linear_1');
    expect(parameters.map((p) => p.name)).toContain('language_model.model.layers.2.self_attn.q_proj.lora_B.weight');
    expect(new Set(network.parameters())).toEqual(new Set([...network.parameters(), ...parameters]));
    expect(count).toBe([...layers.values()].reduce((n, { inputs, outputs }) => n + 2 * (inputs + outputs), 0));
  });

  it('may be parts, whose layers are saved by their paths', () => {
    const { layers, spec } = attach(joined(), { targets: ['vision', 'connector'] });
    expect([...layers.keys()].filter((path) => path.startsWith('vision_tower.'))).toHaveLength(18);
    expect([...layers.keys()].filter((path) => path.startsWith('multi_modal_projector.'))).toHaveLength(2);
    expect(layers.size).toBe(20);
    expect(spec.targets).toEqual([...layers.keys()]);
    expect(failure(() => attach(plain(), { targets: ['vision'] })).code).toBe('adapter.target');
  });

  it('A is uniform within ±1 / sqrt(inputs), of a stream by its name, and B is zero', () => {
    const [one, other] = [attach(plain(), {}), attach(plain(), { targets: ['q_proj', 'v_proj'] })];
    const value = ({ values }: typeof one, name: string) => [...values].find(([p]) => p.name === name)?.[1].data as Float32Array;
    const a = value(one, 'model.layers.1.self_attn.q_proj.lora_A.weight');
    expect(value(other, 'model.layers.1.self_attn.q_proj.lora_A.weight')).toEqual(a);
    expect(Math.max(...a.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(32));
    expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(0.8 / Math.sqrt(32));
    expect(value(one, 'model.layers.1.self_attn.q_proj.lora_B.weight').every((v) => v === 0)).toBe(true);
  });

  it('rank and alpha differ by pattern', () => {
    const { layers } = attach(plain(), { targets: 'all-linear', rankPattern: { 'layers.0.*q_proj': 5 }, alphaPattern: { v_proj: 3 } });
    const of = (path: string) => (layers.get(path) as Linear).adapter as unknown as { options: { rank: number; alpha: number } };
    expect(of('model.layers.0.self_attn.q_proj').options).toMatchObject({ rank: 5, alpha: 8 });
    expect(of('model.layers.1.self_attn.q_proj').options).toMatchObject({ rank: 2, alpha: 8 });
    expect(of('model.layers.1.self_attn.v_proj').options).toMatchObject({ rank: 2, alpha: 3 });
  });

  it('modules that are trained whole are among the trained, once', () => {
    const network = plain();
    const { saved, trained, parameters, count } = attach(network, { modulesToSave: ['embed_tokens', 'norm'] });
    expect([...saved.keys()].sort()).toEqual(['model.embed_tokens', 'model.norm']);
    expect(trained.map((p) => p.name)).toEqual([...parameters.map((p) => p.name), 'model.embed_tokens.weight', 'model.norm.weight']);
    expect(count).toBe(3 * 2 * 64 + 20 * 32 + 32);
  });

  it.each([
    ['a misspelt layer', { targets: ['q_porj'] }, 'adapter.target', /q_proj \(model\.layers\.0\.self_attn\.q_proj and 2 more\)/],
    ['one name of several', { targets: ['q_proj', 'query'] }, 'adapter.target', /nearest/],
    ['a module of another kind', { targets: ['embed_tokens'] }, 'adapter.target', /modulesToSave/],
    ['the head that is the embedding', { targets: ['lm_head'] }, 'adapter.target', /embed_tokens/],
    ['a pattern without a match', { targets: '.*query' }, 'adapter.target', /nearest/],
    ['a layer that is not there', { targets: ['q_proj'], layers: [3] }, 'adapter.target', /layers/],
    ['a module to save', { modulesToSave: ['embed_token'] }, 'adapter.target', /embed_tokens/],
    ['a broken pattern', { targets: '.*(q_proj' }, 'adapter.pattern', /list/],
    ['a pattern that matches for hours', { targets: '(.*)*q' }, 'adapter.pattern', /list/],
    ['a pattern of many repeats', { targets: '.*a.*a.*a.*a.*a.*' }, 'adapter.pattern', /list/],
    ['no layers', { targets: [] }, 'adapter.target', /^$/],
    ['a rank of zero', { rank: 0 }, 'adapter.spec', /^$/],
    ['a rank that is not whole', { rank: 1.5 }, 'adapter.spec', /^$/],
    ['an alpha that is not positive', { alpha: -1 }, 'adapter.spec', /^$/],
    ['a dropout of everything', { dropout: 1 }, 'adapter.spec', /^$/],
    ['an enormous rank', { rank: 2 ** 40 }, 'adapter.rank', /./],
    ['DoRA without values', { dora: true }, 'adapter.quantized', /values/],
  ] as const)('%s is refused, with what to do', (_, request, code, hint) => {
    const network = plain();
    const error = failure(() => attach(network, request as Partial<LoraRequest>));
    expect(error.code).toBe(code);
    expect(error.hint ?? '').toMatch(hint);
    expect([...linearLayers(network).values()].every((linear) => linear.adapter === undefined)).toBe(true);
  });

  it('a layer takes one adapter', () => {
    const network = plain();
    attach(network, {});
    expect(failure(() => attach(network, { targets: 'all-linear' })).code).toBe('adapter.exists');
    expect([...linearLayers(network).keys()].some((path) => path.includes('lora'))).toBe(false);
  });
});

describe('patterns', () => {
  it('the layer of a module is the first number in its name, or that in a list of a name', () => {
    expect(layerOf('model.layers.4.experts.2.w1')).toBe(4);
    expect(layerOf('model.layers.4.experts.2.w1', ['experts'])).toBe(2);
    expect(layerOf('lm_head')).toBeUndefined();
  });
  it('values by pattern: the first key that matches an end of the name', () => {
    const patterns = { q_proj: 1, String: 2, 'layers\\.\\d+\\.k_proj': 3, '^model.v_proj': 4 };
    expect(patternValue(patterns, 'a.b.q_proj', '')).toBe(1);
    expect(patternValue(patterns, 'a.layers.12.k_proj', '')).toBe(3);
    expect(patternValue(patterns, 'a.layers.x.k_proj', '')).toBeUndefined();
  });
});
