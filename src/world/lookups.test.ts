// Every line of a list is checked against the scene by plainer code; lists in dialogues are opt-in and leave other dialogues as they were.

import { expect, it } from 'vitest';
import { Rng } from '../util/rng.js';
import { groupsOf, relationFacts } from './facts.js';
import { listRequest, lookups } from './lookups.js';
import { dialogue } from './questions.js';
import { makeScene, type Scene } from './scene.js';
import { world } from './sources.js';
import { CATEGORIES, TINTS } from './vocabulary.js';

function checkLine(scene: Scene, line: string): 'tint' | 'relation' | 'absent' | 'text' {
  const [name, what, more] = line.split(' ') as [string, string, string | undefined];
  if (name === 'sign') {
    expect(what).toBe(scene.text?.word);
    return 'text';
  }
  const own = scene.objects.filter((o) => CATEGORIES[o.category]?.en === name);
  if (what === 'no') {
    expect(own).toHaveLength(0);
    return 'absent';
  }
  if (TINTS.some((t) => t.en === what)) {
    expect(own.map((o) => TINTS[o.tint]?.en)).toEqual(own.map(() => what));
    expect(String(own.length)).toBe(more);
    return 'tint';
  }
  const fact = relationFacts(scene, groupsOf(scene)).find((f) => CATEGORIES[f.referent.category]?.en === name && f.relation === what);
  expect(CATEGORIES[fact?.category ?? -1]?.en).toBe(more);
  return 'relation';
}

it('says what is so, of everything there is, and of some that is not', () => {
  const kinds = new Map<string, number>();
  for (let i = 0; i < 60; i++) {
    const scene = makeScene(i);
    const lines = lookups(scene, { language: 'en', rng: new Rng(i), items: 80 }).split(', ');
    expect(lines).toHaveLength(80);
    for (const line of lines) {
      const kind = checkLine(scene, line);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    for (const g of groupsOf(scene)) expect(lines.some((l) => l.startsWith(`${CATEGORIES[g.category]?.en} `))).toBe(true);
  }
  for (const kind of ['tint', 'relation', 'absent', 'text']) expect(kinds.get(kind), kind).toBeGreaterThan(40);
});

it('Chinese has no spaces; the same stream gives the same list; a scene of nothing lists what is absent', () => {
  const scene = makeScene(3);
  const zh = (seed: number) => lookups(scene, { language: 'zh', rng: new Rng(seed) });
  expect(zh(1)).toBe(zh(1));
  expect(zh(1)).not.toBe(zh(2));
  expect(zh(1)).not.toMatch(/[a-z ]/);
  const empty = { ...scene, objects: [], text: undefined } as unknown as Scene;
  expect(lookups(empty, { language: 'en', rng: new Rng(1), items: 3 })).toMatch(/^\w+ no, \w+ no, \w+ no$/);
});

it('a dialogue is a list as often as is asked for', () => {
  const rng = () => new Rng(5);
  const plain = dialogue(makeScene(1), { language: 'en', rng: rng() });
  expect(dialogue(makeScene(1), { language: 'en', rng: rng(), lists: 0 })).toEqual(plain);
  const { turns } = dialogue(makeScene(1), { language: 'en', rng: rng(), lists: 1 });
  expect(turns.map((t) => t.type)).toEqual([undefined, 'list']);
  expect(turns[0]?.content).toBe(listRequest.en);
  const source = world.instructions({ scenes: 200, lists: 0.3 });
  const lists = Array.from({ length: 200 }, (_, i) => source.get(i)).filter((d) => d.turns[1]?.type === 'list').length;
  expect(lists).toBeGreaterThan(35);
  expect(lists).toBeLessThan(85);
});

it('every row of dialogues asks something: scenes with nothing of the types are passed over', () => {
  const options = { split: 'test-style', scenes: 4000, seed: 41, turns: 8, captions: 0, types: ['count', 'relation'] } as const;
  const source = world.instructions(options);
  expect(source.get(3336).turns.length).toBeGreaterThan(0);
  expect(source.get(3336).scene.index).not.toBe(3336);
  expect(() => world.instructions({ ...options, types: [] }).get(0)).toThrow(expect.objectContaining({ code: 'world.option' }));
});
