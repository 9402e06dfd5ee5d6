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

const freeCell = ({ size, things }: Room, avoid: readonly Cell[]): Cell | undefined => {
  const taken = [...Object.values(things), ...avoid];
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (!taken.some((t) => t[0] === x && t[1] === y)) return [x, y];
  return undefined;
};

/**
 * Rules: what others are put beside is put first; what stands in the way goes to a free cell; a thing at the wall, whose side is outside, moves
 * one cell inwards before. Errors: `agent.planner` for a task without goals.
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
    const away = (thing: string, avoid: readonly Cell[]): void => {
      const cell = freeCell(now, avoid);
      if (!cell) return;
      take({ action: 'move', to: thing });
      take({ action: 'pick', thing });
      take({ action: 'drop', thing, cell });
    };
    try {
      for (const goal of ordered) {
        if (holds(now, goal)) continue;
        const inside = (cell: Cell): boolean => cell.every((v) => v >= 0 && v < now.size);
        const base = now.things[goal.of];
        if (base && !inside(besides(base, goal.side))) {
          const middle = Array.from({ length: now.size ** 2 }, (_, i): Cell => [i % now.size, Math.floor(i / now.size)]).find(
            (cell) =>
              inside(besides(cell, goal.side)) &&
              [cell, besides(cell, goal.side)].every((one) => !Object.values(now.things).some((t) => t[0] === one[0] && t[1] === one[1])),
          );
          if (middle) {
            take({ action: 'move', to: goal.of });
            take({ action: 'pick', thing: goal.of });
            take({ action: 'drop', thing: goal.of, cell: middle });
          }
        }
        const at = now.things[goal.of];
        const wanted = at && besides(at, goal.side);
        const blocking =
          wanted &&
          Object.entries(now.things).find(([name, cell]) => name !== goal.thing && cell[0] === wanted[0] && cell[1] === wanted[1]);
        if (blocking && wanted) away(blocking[0], [wanted]);
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
