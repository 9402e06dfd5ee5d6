// Name maps go both ways or refuse; renamed and selected sources read the right tensors.

import { describe, expect, it } from 'vitest';
import { hostTensor } from '../util/host.js';
import { identityNames, llavaAttributeNames, llavaNames, partNames, prefixMap, renameSource, selectSource } from './names.js';
import { memorySource, readAll } from './source.js';

const t = (v: number) => hostTensor('float32', [1], [v]);

describe('prefixMap', () => {
  it.each([
    ['language_model.model.layers.3.mlp.gate_proj.weight', 'model.language_model.layers.3.mlp.gate_proj.weight'],
    ['language_model.lm_head.weight', 'lm_head.weight'],
    ['vision_tower.vision_model.embeddings.class_embedding', 'model.vision_tower.vision_model.embeddings.class_embedding'],
    ['multi_modal_projector.linear_1.bias', 'model.multi_modal_projector.linear_1.bias'],
    ['logit_scale', 'logit_scale'],
  ])('%s <-> %s', (ours, file) => {
    expect(llavaAttributeNames.toFile(ours)).toBe(file);
    expect(llavaAttributeNames.toOurs(file)).toBe(ours);
  });

  it('matches whole segments and prefers the longest prefix', () => {
    const map = prefixMap([
      ['a', 'x'],
      ['a.b', 'y'],
    ]);
    expect(['a.c', 'a.b.c', 'a.bc', 'ab', 'a'].map(map.toFile)).toEqual(['x.c', 'y.c', 'x.bc', 'ab', 'x']);
    expect(['x.c', 'y.c', 'x.bc', 'ab', 'x'].map(map.toOurs)).toEqual(['a.c', 'a.b.c', 'a.bc', 'ab', 'a']);
  });

  it('adds and strips the prefix of a part', () => {
    const map = partNames('vision_tower');
    expect(map.toOurs('vision_model.post_layernorm.bias')).toBe('vision_tower.vision_model.post_layernorm.bias');
    expect(map.toFile('vision_tower.vision_model.post_layernorm.bias')).toBe('vision_model.post_layernorm.bias');
  });

  it('refuses names that would not come back, and prefixes given twice', () => {
    expect(() => partNames('vision_tower').toFile('lm_head.weight')).toThrow(/no counterpart.*lm_head\.weight/);
    expect(() => llavaAttributeNames.toOurs('language_model.model.norm.weight')).toThrow(/no counterpart/);
    expect(() =>
      prefixMap([
        ['a', 'x'],
        ['b', 'x'],
      ]),
    ).toThrow(/prefix appears twice/);
  });
});

describe('renameSource', () => {
  it('reads and locates under our names', async () => {
    const source = renameSource(memorySource({ 'model.language_model.norm.weight': t(1), 'lm_head.weight': t(2) }), llavaAttributeNames);
    expect([...source.tensors.keys()]).toEqual(['language_model.model.norm.weight', 'language_model.lm_head.weight']);
    expect(source.tensors.get('language_model.lm_head.weight')?.name).toBe('language_model.lm_head.weight');
    expect((await source.read('language_model.lm_head.weight')).data[0]).toBe(2);
    expect(Object.entries(await readAll(source)).map(([k, v]) => [k, v.data[0]])).toEqual([
      ['language_model.model.norm.weight', 1],
      ['language_model.lm_head.weight', 2],
    ]);
    await expect(source.read('lm_head.weight')).rejects.toThrow(/There is "language_model\.lm_head\.weight"/);
    expect(source.locate('language_model.lm_head.weight')).toBeUndefined();
  });

  it('refuses to give two tensors one name', () => {
    const careless = { toFile: (n: string) => n, toOurs: () => 'same' };
    expect(() => renameSource(memorySource({ a: t(1), b: t(2) }, 'x.safetensors'), careless)).toThrow(/same name.*x\.safetensors.*a and b/);
  });

  it('knows the layout of a LLaVA checkpoint', () => {
    expect(llavaNames(memorySource({ 'model.language_model.norm.weight': t(1) }))).toBe(llavaAttributeNames);
    expect(llavaNames(memorySource({ 'language_model.model.norm.weight': t(1) }))).toBe(identityNames);
  });

  it('takes one half of a checkpoint as a part', async () => {
    const clip = memorySource({ 'vision_model.a': t(1), 'text_model.a': t(2), logit_scale: t(3) });
    const tower = renameSource(
      selectSource(clip, (name) => name.startsWith('vision_model.')),
      partNames('vision_tower'),
    );
    expect([...tower.tensors.keys()]).toEqual(['vision_tower.vision_model.a']);
    expect((await tower.read('vision_tower.vision_model.a')).data[0]).toBe(1);
    await expect(tower.read('vision_tower.text_model.a')).rejects.toMatchObject({ code: 'weights.missing' });
  });
});
