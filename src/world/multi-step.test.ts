// Questions of several steps: the program computes the answer, every step is true, and answers that should be are balanced.

import { describe, expect, test } from 'vitest';
import { Rng } from '../util/rng.js';
import {
  balancedAnswers,
  CATEGORIES,
  categoriesOf,
  kindOf,
  MULTI_STEP_KINDS,
  makeScene,
  multiStepQuestion,
  multiStepQuestions,
  OBJECT_KINDS,
  runProgram,
  type Scene,
} from './index.js';

const scenes = Array.from({ length: 400 }, (_, i) => makeScene(i, { seed: 11, split: 'test' }));

/** A scene of things in a row, each `[category, tint, count]`. */
function row(...things: [string, number, number][]): Scene {
  const scene = makeScene(0, { seed: 1 });
  let x = 0;
  const objects = things.flatMap(([name, tint, count]) =>
    Array.from({ length: count }, () => {
      x += 20;
      const category = CATEGORIES.findIndex(({ id }) => id === name);
      return {
        category,
        tint,
        size: 10,
        box: [x, 20, x + 10, 30] as [number, number, number, number],
        style: 'noto' as const,
        mirror: false,
      };
    }),
  );
  return { ...scene, size: 200, objects, text: undefined };
}

describe.each(MULTI_STEP_KINDS)('%s', (kind) => {
  const all = scenes.flatMap((scene) => multiStepQuestions(scene, kind).map((question) => ({ scene, ...question })));

  test('the program gives the answer, which the last step comes to', () => {
    expect(all.length).toBeGreaterThan(50);
    for (const { scene, program, answer, steps, question } of all) {
      expect(runProgram(scene, program), question).toBe(answer);
      expect(steps.at(-1)?.answer, question).toBe(answer);
      expect(steps.length).toBeGreaterThan(1);
    }
  });

  test('what is looked up has objects, what is inferred has none', () => {
    for (const { steps, rationale } of all) {
      for (const { inferred, objects } of steps) expect(objects.length > 0).toBe(!inferred);
      expect(rationale.split('. ')).toHaveLength(steps.length);
    }
  });

  test('every answer that should be as frequent as others is found', () => {
    for (const answer of balancedAnswers(kind) ?? [])
      expect(
        scenes.some((scene, i) => multiStepQuestion(scene, kind, new Rng(i), answer)?.answer === answer),
        answer,
      ).toBe(true);
  });
});

test('the steps in words', () => {
  const scene = row(['cup', 0, 2], ['hat', 4, 1], ['dog', 4, 1]);
  const found = multiStepQuestions(scene, 'compare-counts').find(({ question }) => question === 'Are there more hats than cups?');
  expect(found?.rationale).toBe('There is 1 hat. There are 2 cups. 1 is less than 2.');
  expect(found?.answer).toBe('no');
  const color = multiStepQuestions(scene, 'color-count').find(({ question }) => question.includes('hat'));
  expect(color?.rationale).toBe('The hat is blue. There are 2 blue things.');
  const two = row(['hat', 0, 1], ['dog', 4, 1]);
  const kinds = multiStepQuestions(two, 'two-hop-kind');
  const animal = kinds.find(({ question }) => question === 'Is the thing right of the hat an animal?');
  expect(animal?.rationale).toBe('The dog is right of the hat. A dog is an animal.');
  expect(animal?.answer).toBe('yes');
  expect(kinds.find(({ question }) => question === 'Is the thing right of the hat clothing?')?.answer).toBe('no');
});

test('kinds do not overlap, and things such as a cup have none', () => {
  expect(OBJECT_KINDS.flatMap(categoriesOf).length).toBe(new Set(OBJECT_KINDS.flatMap(categoriesOf)).size);
  expect(OBJECT_KINDS.map((kind) => categoriesOf(kind).length)).toEqual([12, 6, 5, 4]);
  expect(kindOf(CATEGORIES.findIndex(({ id }) => id === 'cup'))).toBeUndefined();
  expect(kindOf(-1)).toBeUndefined();
});
