// A room to act in: things on a grid, as the objects of a scene or of a picture stand, and an agent with one hand. Actions have preconditions.

import { SensoriumError } from '../../util/errors.js';
import { CATEGORIES, cellOf, makeScene, type Scene, TINTS } from '../../world/index.js';

/** Column and row, from the upper left. */
export type Cell = readonly [x: number, y: number];

/** Where a thing is put beside another. */
export const SIDES = { 'left of': [-1, 0], 'right of': [1, 0], above: [0, -1], below: [0, 1] } as const satisfies Record<string, Cell>;
/** A side of a thing. */
export type Side = keyof typeof SIDES;

/** What an agent can do: go beside a thing, take it, put what it holds at a side of a thing or on a free cell. */
export type EmbodiedAction =
  | { action: 'move'; to: string }
  | { action: 'pick'; thing: string }
  | { action: 'put'; thing: string; side: Side; of: string }
  | { action: 'drop'; thing: string; cell: Cell };

/** Things on a grid, each with a name of its own; the agent stands on a cell or on a thing's. */
export interface Room {
  size: number;
  things: Record<string, Cell>;
  agent: Cell;
  holding?: string;
}

/** Side of the grid of a room made from a picture. */
const SIZE = 8;
const same = (a: Cell, b: Cell): boolean => a[0] === b[0] && a[1] === b[1];
const near = (a: Cell, b: Cell): boolean => Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])) <= 1;

/** A room of named places; what has the name or the cell of another is left out. Errors: `agent.argument` for fewer than two things. */
export function roomOf(placed: readonly { name: string; cell: Cell }[], place = 'room', size = SIZE): Room {
  const things: Record<string, Cell> = {};
  for (const { name, cell } of placed)
    if (!Object.hasOwn(things, name) && !Object.values(things).some((other) => same(other, cell))) things[name] = cell;
  if (Object.keys(things).length < 2)
    throw new SensoriumError('agent.argument', 'there is too little in this room to act on', {
      place,
      expected: 'two things with different names',
      got: Object.keys(things).join(', ') || 'nothing',
    });
  return { size, things, agent: [0, 0] };
}

/** The room of a scene: each object as `red cup` on a grid of 8 by 8. Errors: those of `roomOf`. */
export const sceneRoom = (scene: Scene): Room =>
  roomOf(scene.objects.map((one) => ({ name: `${TINTS[one.tint]?.en} ${CATEGORIES[one.category]?.en}`, cell: cellOf(scene, one, SIZE) })));

/** The room of the scene of an index that has at least `least` things, looking on from there. */
export function drawRoom(index: number, { seed = 0, least = 4 }: { seed?: number; least?: number } = {}): Room {
  for (let i = index * 16; ; i++) {
    const scene = makeScene(i, { seed, split: 'test' });
    if (new Set(scene.objects.map((one) => `${one.tint} ${one.category}`)).size < least) continue;
    const room = sceneRoom(scene);
    if (Object.keys(room.things).length >= least) return room;
  }
}

const broken = (action: EmbodiedAction, expected: string, got: string): SensoriumError =>
  new SensoriumError('agent.argument', 'this cannot be done now', { place: writeStep(action), expected, got });

function cellOfThing(room: Room, name: string, action: EmbodiedAction): Cell {
  const cell = room.things[name];
  if (cell === undefined || !Object.hasOwn(room.things, name))
    throw broken(action, `one of ${Object.keys(room.things).join(', ')}`, room.holding === name ? `${name}, which is in the hand` : name);
  return cell;
}

/** The room after an action. Errors: `agent.argument` names the precondition that does not hold: a thing that is not there, a full or empty hand, too far away, a cell that is taken or outside. */
export function applyAction(room: Room, action: EmbodiedAction): Room {
  switch (action.action) {
    case 'move':
      return { ...room, agent: cellOfThing(room, action.to, action) };
    case 'pick': {
      const cell = cellOfThing(room, action.thing, action);
      if (room.holding !== undefined) throw broken(action, 'an empty hand', `the ${room.holding} in it`);
      if (!near(room.agent, cell)) throw broken(action, `to stand beside the ${action.thing}`, 'another place');
      const { [action.thing]: _, ...things } = room.things;
      return { ...room, things, holding: action.thing };
    }
    case 'put':
    case 'drop': {
      if (room.holding !== action.thing) throw broken(action, `the ${action.thing} in the hand`, room.holding ?? 'an empty hand');
      const cell = action.action === 'drop' ? action.cell : besides(cellOfThing(room, action.of, action), action.side);
      if (action.action === 'put' && !near(room.agent, cellOfThing(room, action.of, action)))
        throw broken(action, `to stand beside the ${action.of}`, 'another place');
      if (cell.some((v) => !Number.isInteger(v) || v < 0 || v >= room.size))
        throw broken(action, `a cell of the room, 0 to ${room.size - 1}`, cell.join(','));
      const other = Object.entries(room.things).find(([, at]) => same(at, cell));
      if (other) throw broken(action, 'a free cell', `the ${other[0]} on it`);
      return { size: room.size, things: { ...room.things, [action.thing]: cell }, agent: cell };
    }
  }
}

/** The cell at a side of another. */
export const besides = ([x, y]: Cell, side: Side): Cell => [x + SIDES[side][0], y + SIDES[side][1]];

/** A step as a line: `move(red cup)`, `pick(red cup)`, `put(red cup, left of, blue dog)`, `drop(red cup, 3, 4)`. */
export function writeStep(action: EmbodiedAction): string {
  switch (action.action) {
    case 'move':
      return `move(${action.to})`;
    case 'pick':
      return `pick(${action.thing})`;
    case 'put':
      return `put(${action.thing}, ${action.side}, ${action.of})`;
    case 'drop':
      return `drop(${action.thing}, ${action.cell.join(', ')})`;
  }
}

/** The steps of a plan, one in a line or divided by semicolons. Errors: `agent.argument` for what is not a step, and for more than 64. */
export function parsePlan(text: string): EmbodiedAction[] {
  const steps = text.split(/[\n;]/).flatMap((line, i): EmbodiedAction[] => {
    const said = line.trim();
    if (said === '') return [];
    const [, name, list = ''] = /^(?:\d+[.)]\s*)?(move|pick|put|drop)\(([^()]*)\)\.?$/.exec(said) ?? [];
    const args = list.split(',').map((one) => one.trim().replace(/^the /, ''));
    const [a = '', b = '', c = ''] = args;
    if (name === 'move' && args.length === 1) return [{ action: 'move', to: a }];
    if (name === 'pick' && args.length === 1) return [{ action: 'pick', thing: a }];
    if (name === 'put' && args.length === 3 && Object.hasOwn(SIDES, b)) return [{ action: 'put', thing: a, side: b as Side, of: c }];
    if (name === 'drop' && args.length === 3) return [{ action: 'drop', thing: a, cell: [Number(b), Number(c)] }];
    throw new SensoriumError('agent.argument', 'this is not a step of a plan', {
      place: `step ${i + 1}`,
      expected: `move(THING), pick(THING), put(THING, ${Object.keys(SIDES).join(' | ')}, THING) or drop(THING, X, Y)`,
      got: said.slice(0, 100),
    });
  });
  if (steps.length > 64)
    throw new SensoriumError('agent.argument', 'this plan is too long', {
      place: 'plan',
      expected: 'at most 64 steps',
      got: String(steps.length),
    });
  return steps;
}

/** What comes of a plan: the room at its end, or the step that cannot be done and why. */
export type Simulated = { room: Room } | { room: Room; failedAt: number; reason: string };

/** Carries a plan out in the simulator, as far as it goes. */
export function simulate(room: Room, plan: readonly EmbodiedAction[]): Simulated {
  let now = room;
  for (const [i, step] of plan.entries()) {
    try {
      now = applyAction(now, step);
    } catch (error) {
      if (!(error instanceof SensoriumError)) throw error;
      return { room: now, failedAt: i, reason: error.message };
    }
  }
  return { room: now };
}
