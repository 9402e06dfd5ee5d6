// Options over a model's settings: what no reply may hold is forbidden whatever the request forbids by itself.

import { describe, expect, test } from 'vitest';
import { plainGeneration, withoutPlaceholders } from '../model/generation-config.js';
import { Mllm } from './mllm.js';
import { resolveOptions } from './resolve.js';

const size = { promptTokens: 4, room: 100 };

describe('ids that replies never hold', () => {
  test('placeholders are forbidden where tokens are drawn, codes of images everywhere, beside what request or model forbid', () => {
    const media = { imageTokenId: 5, videoTokenId: 6, unwritten: [7, 8], prepare: () => [] };
    const config = withoutPlaceholders({ ...plainGeneration([1]), processors: { suppressTokens: [3] } }, media);
    const of = (o: Parameters<typeof resolveOptions>[0]) => resolveOptions(o, config, size).choose.suppressTokens;
    expect(of({})).toEqual([3, 7, 8]);
    expect(of({ temperature: 1 })).toEqual([3, 7, 8, 5, 6]);
    expect(of({ doSample: true, suppressTokens: [] })).toEqual([7, 8, 5, 6]);
    expect(of({ suppressTokens: [9] })).toEqual([9, 7, 8]);
  });

  test('a model of text keeps its settings as they are', () => {
    const config = plainGeneration([1]);
    expect(withoutPlaceholders(config, undefined)).toBe(config);
    expect(resolveOptions({ temperature: 1 }, config, size).choose).not.toHaveProperty('suppressTokens');
    const ordinary = withoutPlaceholders(config, { imageTokenId: 5, prepare: () => [] });
    expect(resolveOptions({}, ordinary, size).choose).not.toHaveProperty('suppressTokens');
  });

  test('a sampled completion of an ordinary model that takes images holds no placeholder, even where a request favors it', async () => {
    const model = await Mllm.load('models/sensorium-tiny');
    const place = model.model.media?.imageTokenId as number;
    for await (const { id } of model.continueIds([20, 21, 22], { temperature: 1, logitBias: { [place]: 1e6 }, seed: 1, maxTokens: 20 }))
      expect(id).not.toBe(place);
    await model.dispose();
  });
});
