// Variety of instructions by hand: roots, distinct n-grams, tasks.

import { describe, expect, it } from 'vitest';
import { dataDiversity, diversityOf, rootOf, taskOf } from './diversity.js';

describe('diversity', () => {
  it.each([
    ['Describe the image in detail.', 'describe'],
    ['Please describe the red dog.', 'describe red'],
    ['How many dogs are there?', 'how dogs'],
    ['What is the color of the cup?', 'what color'],
    ['Write a story about it.', 'write story'],
    ['图中有什么？', undefined],
  ])('the root of %s is %s', (text, root) => {
    expect(rootOf(text)).toBe(root);
  });

  it.each([
    ['How many dogs are there?', 'count'],
    ['What color is the dog?', 'color'],
    ['Is there a dog?', 'exist'],
    ['What is left of the dog?', 'locate'],
    ['What does the sign say?', 'read'],
    ['Describe the image in detail.', 'describe'],
    ['Why is the man laughing?', 'reason'],
    ['What animal is this?', 'identify'],
    ['图中有几只狗？', 'count'],
    ['Sing.', 'other'],
  ])('%s is a task to %s', (text, task) => {
    expect(taskOf(text)).toBe(task);
  });

  it('counts', () => {
    const made = diversityOf(['a b a', 'a b a', 'How many?']);
    expect([made.instructions, made.different]).toEqual([3, 2]);
    expect(made.distinct[0]).toBeCloseTo(4 / 8, 12); // a b how many, of 3 + 3 + 2
    expect(made.distinct[1]).toBeCloseTo(3 / 5, 12);
    expect(made.tasks).toEqual({ other: 2, count: 1 });
    expect(made.coverage).toBeCloseTo(1 / 11, 12);
    expect(diversityOf([]).distinct).toEqual([0, 0, 0]);
  });

  it('reads the questions of a data set', async () => {
    const messages = [
      { role: 'user' as const, content: 'How many?' },
      { role: 'assistant' as const, content: 'two' },
    ];
    const data = { length: 2, describe: {}, get: async () => ({ id: '', messages, at: { file: '', row: 0 } }) };
    expect((await dataDiversity(data)).tasks).toEqual({ count: 2 });
  });
});
