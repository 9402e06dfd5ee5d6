// Tasks that come all at once, with turns of the loop that are made by hand.

import { expect, it } from 'vitest';
import { Pace } from './pace.js';

function paced(eachTurn: number) {
  const turns: (() => void)[] = [];
  const pace = new Pace(eachTurn, (next) => turns.push(next));
  const done: string[] = [];
  const come = (owner: string, ...names: string[]): void => {
    for (const name of names) pace.run(owner, () => done.push(name));
  };
  return { pace, done, come, turn: () => turns.shift()?.(), turns };
}

it('runs a few at once and the rest in later turns, owner by owner', () => {
  const { pace, done, come, turn, turns } = paced(2);
  come('many', 'a', 'b', 'c', 'd', 'e', 'f');
  come('one', 'x');
  expect([done, pace.size]).toEqual([['a', 'b'], 5]);
  turn();
  expect(done.slice(2)).toEqual(['c', 'x']);
  turn();
  come('new', 'y');
  expect(done.slice(4)).toEqual(['d', 'e']);
  turn();
  expect(done.slice(6)).toEqual(['y', 'f']);
  turn();
  turn();
  expect(turns).toEqual([]);
  come('many', 'g');
  expect(done.at(-1)).toBe('g');
});
