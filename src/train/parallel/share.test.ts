// How steps are dealt out: every row of every batch is taken by exactly one rank, whatever the numbers.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evenBounds } from '../../runtime/communicator.js';
import { launchOf } from '../../runtime/launch.js';
import type { Objective } from '../objective.js';
import { assertDivides, batchesOf, shareOf, WHOLE } from './share.js';

describe('the share of a rank', () => {
  it('is whole batches where there are enough, else parts of them', () => {
    expect(shareOf(0, 1, 3)).toEqual(WHOLE);
    expect(shareOf(1, 2, 1)).toEqual({ first: 0, every: 1, part: 1, parts: 2 });
    expect(shareOf(1, 2, 4)).toEqual({ first: 1, every: 2, part: 0, parts: 1 });
    expect(shareOf(3, 4, 2)).toEqual({ first: 1, every: 2, part: 1, parts: 2 });
    expect(batchesOf(shareOf(1, 2, 4), 3, 4)).toEqual([13, 15]);
  });

  it('with those of the others is every part of every batch once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), (size, accumulate) => {
        const taken = new Map<string, number>();
        let parts = 0;
        for (let rank = 0; rank < size; rank++) {
          const share = shareOf(rank, size, accumulate);
          parts = share.parts;
          for (const index of batchesOf(share, 2, accumulate)) {
            const key = `${index} ${share.part}`;
            taken.set(key, (taken.get(key) ?? 0) + 1);
          }
        }
        expect(taken.size).toBe(accumulate * parts);
        expect([...taken.values()].every((n) => n === 1)).toBe(true);
      }),
    );
  });

  it('is refused where the loss does not allow it', () => {
    const objective = { name: 'x' } as Objective;
    const of = (more: Partial<Objective>, size: number, accumulate: number) => () =>
      assertDivides({ ...objective, ...more }, { size, accumulate, place: 'stage x' });
    const code = expect.objectContaining({ code: 'train.ranks' });
    expect(of({}, 2, 1)).toThrow(code);
    expect(of({}, 2, 4)).not.toThrow();
    expect(of({}, 1, 1)).not.toThrow();
    expect(of({ batchPart: async () => ({}) as never }, 3, 2)).not.toThrow();
    expect(of({ online: { given: async () => ({}) } }, 2, 2)).toThrow(code);
    expect(of({ carried: { queue: {} as never } }, 2, 2)).toThrow(code);
  });
});

describe('bounds', () => {
  it('cover a block in parts that differ by one step at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 9 }), (length, parts) => {
        const bounds = evenBounds(length, parts, 16);
        const sizes = bounds.slice(1).map((end, r) => end - (bounds[r] as number));
        expect([bounds[0], bounds.at(-1)]).toEqual([0, length]);
        expect(bounds.slice(0, -1).every((b) => b % 16 === 0 || b === length)).toBe(true);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(31);
      }),
    );
  });
});

describe('the launcher', () => {
  it('is read from the environment', () => {
    const open = { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_LOCAL_SIZE: '2' };
    expect(launchOf(open)).toEqual({ rank: 1, size: 4, localSize: 2, library: 'Open MPI' });
    expect(launchOf({ PMI_RANK: '0', PMI_SIZE: '2' })).toEqual({ rank: 0, size: 2, localSize: 1, library: 'MPICH' });
    expect(launchOf({ OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '1' })).toBeUndefined();
    expect(launchOf({ PMI_RANK: 'x', PMI_SIZE: '2' })).toBeUndefined();
    expect(launchOf({})).toBeUndefined();
  });
});
