// Places that are taken in turn.

import { expect, it } from 'vitest';
import { Turns } from './turns.js';

it('gives places to who came first, and to the next when one is given back', async () => {
  const turns = new Turns(1);
  const order: string[] = [];
  const first = await turns.take();
  const others = ['a', 'b'].map((name) =>
    turns.take().then((back) => {
      order.push(name);
      return back;
    }),
  );
  await Promise.resolve();
  expect(order).toEqual([]);
  first();
  first(); // once is enough
  (await (others[0] as Promise<() => void>))();
  (await (others[1] as Promise<() => void>))();
  expect(order).toEqual(['a', 'b']);
  (await turns.take())();
});

it('forgets who leaves', async () => {
  const turns = new Turns(1);
  const back = await turns.take();
  const leaving = new AbortController();
  const left = turns.take(leaving.signal);
  const stays = turns.take();
  leaving.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  await expect(turns.take(leaving.signal)).rejects.toThrow('gone');
  back();
  (await stays)();
});

it('lets owners take turns, however many of one wait', async () => {
  const turns = new Turns(1);
  const order: string[] = [];
  const back = await turns.take(undefined, 'many');
  const all = ['many', 'many', 'many', 'few', 'other', 'few'].map(async (owner) => {
    const leave = await turns.take(undefined, owner);
    order.push(owner);
    leave();
  });
  back();
  await Promise.all(all);
  expect(order).toEqual(['few', 'other', 'many', 'few', 'many', 'many']);
});

it('gives several places at once, without being overtaken', async () => {
  const turns = new Turns(2);
  const order: string[] = [];
  const take = (name: string, places: number, signal?: AbortSignal) =>
    turns.take(signal, name, places).then((back) => {
      order.push(name);
      return back;
    });
  const first = await take('first', 1);
  const both = take('both', 9); // no more than there are
  const small = take('small', 1);
  const leaving = new AbortController();
  const left = take('left', 2, leaving.signal);
  await Promise.resolve();
  expect(order).toEqual(['first']);
  first();
  (await both)();
  const back = await small;
  expect(order).toEqual(['first', 'both', 'small']);
  const last = take('last', 1);
  leaving.abort(new Error('gone')); // whose turn it was
  await expect(left).rejects.toThrow('gone');
  (await last)();
  back();
  (await take('again', 2))();
  expect(order.slice(3)).toEqual(['last', 'again']);
});
