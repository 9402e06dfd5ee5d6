// The benchmark of the room: tasks over held-out scenes, success by the room at the end of the plan.

import { type Proportion, proportion } from '../../evaluate/wilson.js';
import { Rng } from '../../util/rng.js';
import type { Tier } from '../trace.js';
import { type Goal, holds, type RoomPlanner, solve } from './planners.js';
import { drawRoom, type EmbodiedAction, type Room, SIDES, type Side, writeStep } from './room.js';

/** A task: where, what is told, and what must hold. */
export interface RoomTask {
  id: string;
  kind: 'one' | 'chain';
  room: Room;
  text: string;
  goals: readonly Goal[];
}

/** Tasks over scenes: one thing beside another, or a chain of two in an order that matters. None is done at the start. */
export function roomTasks({ count = 60, seed = 0 }: { count?: number; seed?: number } = {}): RoomTask[] {
  return Array.from({ length: count }, (_, i) => {
    const room = drawRoom(i, { seed });
    const rng = new Rng(`room/${seed}/${i}`);
    const side = (): Side => rng.pick(Object.keys(SIDES) as Side[]);
    for (;;) {
      const [a, b, c] = rng.shuffle(Object.keys(room.things)) as [string, string, string];
      const goals: Goal[] =
        i % 2 === 0
          ? [{ thing: a, side: side(), of: b }]
          : [
              { thing: a, side: side(), of: b },
              { thing: b, side: side(), of: c },
            ];
      // Above what is itself put below would be a contradiction: `a` and `c` on one cell.
      const clash = goals.length === 2 && SIDES[goals[0]?.side as Side].every((v, k) => v === -SIDES[goals[1]?.side as Side][k as 0 | 1]);
      if (clash || goals.some((goal) => holds(room, goal))) continue;
      const text = `Put ${goals.map((goal) => `the ${goal.thing} ${goal.side} the ${goal.of}`).join(' and ')}.`;
      return { id: `room/${seed}/${i}`, kind: i % 2 === 0 ? 'one' : 'chain', room, text, goals };
    }
  });
}

/** Says nothing is to be done. */
export const emptyPlan: RoomPlanner = { tier: 'grammar', plan: () => '' };

/** Six steps by chance over the things that there are. */
export function randomPlan(seed = 0): RoomPlanner {
  const rng = new Rng(`random plan/${seed}`);
  return {
    tier: 'grammar',
    plan: ({ things }) => {
      const names = Object.keys(things);
      const step = (): EmbodiedAction => {
        const [thing, of] = [rng.pick(names), rng.pick(names)];
        return rng.pick<EmbodiedAction>([
          { action: 'move', to: of },
          { action: 'pick', thing },
          { action: 'put', thing, side: rng.pick(Object.keys(SIDES) as Side[]), of },
        ]);
      };
      return Array.from({ length: 6 }, () => writeStep(step())).join('\n');
    },
  };
}

/** Scores of a planner. */
export interface RoomScores {
  planner: string;
  tier: Tier;
  success: Proportion;
  one: Proportion;
  chain: Proportion;
  /** Plans that the simulator could carry out. */
  valid: Proportion;
}

/** Runs a planner on all tasks. */
export async function runRoomBench(
  name: string,
  planner: RoomPlanner,
  tasks: readonly RoomTask[],
  o: { signal?: AbortSignal; onTask?: (done: number) => void } = {},
): Promise<RoomScores> {
  const rows: { kind: RoomTask['kind']; success: boolean; valid: boolean }[] = [];
  for (const { room, text, goals, kind } of tasks) {
    o.signal?.throwIfAborted();
    const { success, valid } = await solve(planner, room, text, goals);
    rows.push({ kind, success, valid });
    o.onTask?.(rows.length);
  }
  const share = (some: typeof rows, what: 'success' | 'valid'): Proportion =>
    proportion(some.filter((row) => row[what]).length, some.length);
  const of = (kind: RoomTask['kind']) =>
    share(
      rows.filter((row) => row.kind === kind),
      'success',
    );
  return {
    planner: name,
    tier: planner.tier,
    success: share(rows, 'success'),
    one: of('one'),
    chain: of('chain'),
    valid: share(rows, 'valid'),
  };
}
