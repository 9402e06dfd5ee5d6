// What a state in training leaves of the values that its model was opened with.

import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openModel } from '../model/index.js';
import { OpenedState } from './trained-model.js';

const FOLDER = resolve('test/golden/families/llava/clip');

describe('the values that a model was opened with', () => {
  it('are let go where they are trained: whoever holds the model has those of training', async () => {
    const model = await openModel(FOLDER);
    const [first, second] = [...model.values.keys()] as [never, never];
    const frozen = model.values.get(second);
    const before = Float32Array.from(model.values.get(first)?.data as Float32Array);
    const state = new OpenedState(model, { seed: 0 });
    const buffers = state.pack([first]);
    expect(model.values.get(first)?.data.buffer).toBe(buffers.values.buffer);
    expect(model.values.get(first)?.data).toEqual(before);
    expect(model.values.get(second)).toBe(frozen);
    buffers.values.fill(7);
    expect(state.model.values.get(first)?.data[0]).toBe(7);
  });

  it('stay where a stage compares with them', async () => {
    const model = await openModel(FOLDER);
    const [first] = [...model.values.keys()] as [never];
    const before = model.values.get(first);
    const state = new OpenedState(model, { seed: 0, keep: true });
    state.pack([first]).values.fill(7);
    expect(state.model.values.get(first)).toBe(before);
    expect(state.trained().values.get(first)?.data[0]).toBe(7);
    expect(before?.data[0]).not.toBe(7);
  });
});
