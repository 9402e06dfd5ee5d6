// `world:compositional`: what is guessed from the words of a question alone is read off the training split, never off the rows that are measured.

import { beforeAll, describe, expect, it } from 'vitest';
import { loadSprites } from '../../../world/index.js';
import { questionOf, type Row } from '../../benchmark.js';
import { DEGENERATE } from '../../degenerate.js';
import { worldScenes } from '../../world-source.js';
import { type CompositionalRow, worldCompositional } from './compositional.js';

let benchmark: ReturnType<typeof worldCompositional>;
let rows: CompositionalRow[];
beforeAll(async () => {
  benchmark = worldCompositional(worldScenes(await loadSprites(), { seed: 0, split: 'test', language: 'en' }));
  rows = [...(benchmark.rows({ n: 4 }) as Iterable<CompositionalRow>)];
});

describe('the most frequent answer', () => {
  const replies = async (asked: readonly Row[]) =>
    DEGENERATE.find(({ name }) => name === 'mostFrequent')?.replies(benchmark as never, asked, 0);

  it('does not depend on the answers of the rows', async () => {
    const own = await replies(rows);
    expect(await replies(rows.map((row) => ({ ...row, truth: 'zebra' })))).toEqual(own);
    expect(new Set(own).size).toBeGreaterThan(1);
    expect(own?.filter((reply, i) => reply === rows[i]?.truth).length).toBeLessThan(rows.length * 0.8);
  });

  it('is known from as many questions of each kind, drawn the same every time, none of which is measured', () => {
    const known = [...(benchmark.known?.() ?? [])];
    expect(known).toHaveLength(900);
    expect(known.slice(0, 20)).toEqual([...(benchmark.known?.() ?? [])].slice(0, 20));
    const asked = new Set(rows.map(({ messages }) => questionOf(messages)));
    const heldOut = rows.filter((row) => row.heldOut).map(({ messages }) => questionOf(messages));
    expect(heldOut.length).toBeGreaterThan(0);
    expect(known.filter(({ question }) => heldOut.includes(question))).toEqual([]);
    expect(asked.size).toBe(rows.length);
  });
});
