// Planners of the room: rules that know the goals, and models that write plans, which the simulator checks before anything is done.

import { SensoriumError } from '../../util/errors.js';
import type { Write } from '../gui/policy.js';
import type { Tier } from '../trace.js';
import {
  applyAction,
  besides,
  type Cell,
  type EmbodiedAction,
  parsePlan,
  type Room,
  SIDES,
  type Side,
  simulate,
  writeStep,
} from './room.js';

/** That one thing is at a side of another. */
export interface Goal {
  thing: string;
  side: Side;
  of: string;
}

/** Whether a goal holds. */
export const holds = ({ things }: Room, { thing, side, of }: Goal): boolean => {
  const [a, b] = [things[thing], things[of]];
  return a !== undefined && b !== undefined && besides(b, side).every((v, i) => v === a[i]);
};

const GOAL = new RegExp(
  `\\bthe ([a-z -]+?) (?:to the |directly )?(${Object.keys(SIDES).join('|')}) the ([a-z -]+?)(?=[.,;]| and |$)`,
  'gi',
);

/** The goals that a task names: `Put the red cup left of the blue dog and the green hat above the red cup.` */
export const goalsOf = (task: string): Goal[] =>
  [...task.matchAll(GOAL)].map(([, thing, side, of]) => ({
    thing: (thing as string).toLowerCase(),
    side: (side as string).toLowerCase() as Side,
    of: (of as string).toLowerCase(),
  }));

/** Plans for a task in a room. `failed`: the last plan and why it cannot be done. */
export interface RoomPlanner {
  tier: Tier;
  plan(room: Room, task: string, failed?: { plan: string; reason: string }): Promise<string> | string;
}

const same = (a: Cell, b: Cell): boolean => a[0] === b[0] && a[1] === b[1];
const cellsOf = ({ size }: Room): Cell[] => Array.from({ length: size ** 2 }, (_, i): Cell => [i % size, Math.floor(i / size)]);

const freeCell = (room: Room, avoid: readonly Cell[]): Cell | undefined => {
  const taken = [...Object.values(room.things), ...avoid];
  return cellsOf(room).find((cell) => !taken.some((one) => same(one, cell)));
};

/** Where the things of goals stand from the one that all of them hang on, by its name. `goals`: what others hang on first. */
function offsetsOf(goals: readonly Goal[]): Map<string, Map<string, Cell>> {
  const roots = new Map<string, Map<string, Cell>>();
  for (const { thing, side, of } of goals) {
    const [root, known] = [...roots].find(([, group]) => group.has(of)) ?? [of, new Map<string, Cell>([[of, [0, 0]]])];
    roots.set(root, known.set(thing, besides(known.get(of) as Cell, side)));
  }
  return roots;
}

/**
 * Rules: what others are put beside is put first; a group that would not fit at the wall comes away from it as a whole; what stands in the way goes
 * to a free cell. Errors: `agent.planner` for a task without goals.
 */
export const grammarRoomPlanner: RoomPlanner = {
  tier: 'grammar',
  plan(room, task) {
    const goals = goalsOf(task);
    if (goals.length === 0)
      throw new SensoriumError('agent.planner', 'the rules find no goal in this task', {
        place: 'task',
        expected: 'put the red cup left of the blue dog',
        got: task,
      });
    const ordered = [...goals].sort((a, b) => Number(goals.some((g) => g.thing === a.of)) - Number(goals.some((g) => g.thing === b.of)));
    const steps: EmbodiedAction[] = [];
    let now = room;
    const take = (step: EmbodiedAction): void => {
      now = applyAction(now, step);
      steps.push(step);
    };
    const bring = (thing: string, cell: Cell | undefined): void => {
      if (!cell) return;
      take({ action: 'move', to: thing });
      take({ action: 'pick', thing });
      take({ action: 'drop', thing, cell });
    };
    try {
      const targets: Cell[] = [];
      for (const [root, group] of offsetsOf(ordered)) {
        const at = (cell: Cell): Cell[] => [...group.values()].map(([dx, dy]): Cell => [cell[0] + dx, cell[1] + dy]);
        const inside = (cell: Cell): boolean => at(cell).every((one) => one.every((v) => v >= 0 && v < now.size));
        const taken = [...Object.entries(now.things).flatMap(([name, cell]) => (name === root ? [] : [cell])), ...targets];
        const start = now.things[root];
        if (start && !inside(start))
          bring(
            root,
            cellsOf(now).find((cell) => inside(cell) && !at(cell).some((one) => taken.some((t) => same(t, one)))),
          );
        targets.push(...at(now.things[root] ?? [0, 0]));
      }
      for (const goal of ordered) {
        if (holds(now, goal)) continue;
        const base = now.things[goal.of];
        const blocking =
          base && Object.entries(now.things).find(([name, cell]) => name !== goal.thing && same(cell, besides(base, goal.side)));
        if (blocking) bring(blocking[0], freeCell(now, targets));
        take({ action: 'move', to: goal.thing });
        take({ action: 'pick', thing: goal.thing });
        take({ action: 'move', to: goal.of });
        take({ action: 'put', ...goal });
      }
    } catch (error) {
      // The plan is written as far as it goes: the simulator tells what is wrong with it.
      if (!(error instanceof SensoriumError && error.code === 'agent.argument')) throw error;
    }
    return steps.map(writeStep).join('\n');
  },
};

/** A room in words, for models: `red cup b3`, a line for each thing, columns as letters. */
export const roomText = ({ things }: Room): string =>
  Object.entries(things)
    .map(([name, [x, y]]) => `${name} ${String.fromCharCode(97 + x)}${y + 1}`)
    .join('\n');

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** The form of plans over the things of a room: steps about what is there, one in a line. */
export function planPattern({ things, size }: Room): string {
  const thing = `(?:${Object.keys(things).map(escaped).join('|')})`;
  const number = `[0-${size - 1}]`;
  const step = `(?:move\\(${thing}\\)|pick\\(${thing}\\)|put\\(${thing}, (?:${Object.keys(SIDES).join('|')}), ${thing}\\)|drop\\(${thing}, ${number}, ${number}\\))`;
  return `${step}(?:\\n${step}){0,15}`;
}

/** The prompt of a model. */
export const roomPrompt = (room: Room, task: string, failed?: { plan: string; reason: string }): string =>
  [task, roomText(room), ...(failed ? [`This plan cannot be done:\n${failed.plan}\nbecause ${failed.reason}`] : [])].join('\n');

/** A model that writes plans: the form is enforced where `tier` is own; a server is told of it. */
export const modelRoomPlanner = (write: Write, tier: 'own' | 'url'): RoomPlanner => ({
  tier,
  plan: (room, task, failed) => {
    const rules =
      'Write a plan, one step in a line and nothing else: move(THING), pick(THING), put(THING, SIDE, THING) or drop(THING, X, Y). SIDE is left of, right of, above or below. ' +
      'Columns a to h are X 0 to 7, rows 1 to 8 are Y 0 to 7. One thing is held at a time; pick and put need you to have moved to the thing.\n';
    return write([{ role: 'user', content: `${tier === 'url' ? rules : ''}${roomPrompt(room, task, failed)}` }], {
      maxTokens: 256,
      ...(tier === 'own' ? { format: { type: 'regex', pattern: planPattern(room) } } : {}),
    });
  },
});

/** What came of a task in a room. */
export interface RoomOutcome {
  plan: readonly EmbodiedAction[];
  room: Room;
  /** Plans that the simulator refused before. */
  refused: { plan: string; reason: string }[];
  /** All goals of the task hold. */
  success: boolean;
  /** The last plan could be carried out. */
  valid: boolean;
}

/** Plans, checks the plan in the simulator, and asks again with the reason where it cannot be done; at most `tries` times. */
export async function solve(
  planner: RoomPlanner,
  room: Room,
  task: string,
  goals: readonly Goal[] = goalsOf(task),
  { tries = 3 } = {},
): Promise<RoomOutcome> {
  const refused: RoomOutcome['refused'] = [];
  for (;;) {
    const text = await planner.plan(room, task, refused.at(-1));
    let reason: string;
    let end = room;
    let plan: EmbodiedAction[] = [];
    try {
      plan = parsePlan(text);
      const result = simulate(room, plan);
      end = result.room;
      if (!('reason' in result))
        return { plan, room: end, refused, success: end.holding === undefined && goals.every((goal) => holds(end, goal)), valid: true };
      reason = `step ${result.failedAt + 1}: ${result.reason}`;
    } catch (error) {
      if (!(error instanceof SensoriumError && error.code === 'agent.argument')) throw error;
      reason = error.message;
    }
    refused.push({ plan: text, reason });
    if (refused.length >= tries) return { plan, room, refused, success: false, valid: false };
  }
}
