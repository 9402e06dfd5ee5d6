// The room: preconditions, plans that the simulator refuses, the rules, and planners that lie.

import { describe, expect, it } from 'vitest';
import { recordedPlanner } from '../planner.js';
import {
  applyAction,
  drawRoom,
  emptyPlan,
  goalsOf,
  grammarRoomPlanner,
  holds,
  modelRoomPlanner,
  parsePlan,
  planPattern,
  type Room,
  randomPlan,
  roomOf,
  roomTasks,
  runRoomBench,
  simulate,
  solve,
  writeStep,
} from './index.js';

const room: Room = { size: 8, things: { 'red cup': [0, 0], 'blue dog': [4, 4], 'green hat': [3, 4] }, agent: [7, 7] };
const TEXT = 'move(red cup)\npick(red cup)\nmove(blue dog)\nput(red cup, above, blue dog)';

describe('the room', () => {
  it('carries out what can be done', () => {
    const plan = parsePlan(TEXT);
    expect(plan.map(writeStep).join('\n')).toBe(TEXT);
    const end = simulate(room, plan);
    expect('reason' in end).toBe(false);
    expect(end.room).toEqual({ size: 8, things: { 'red cup': [4, 3], 'blue dog': [4, 4], 'green hat': [3, 4] }, agent: [4, 3] });
    expect(room.things['red cup']).toEqual([0, 0]);
  });

  it.each([
    ['pick(red cup)', 'too far away'],
    ['move(red cup)\npick(red cup)\npick(red cup)', 'it is not there any more'],
    ['move(red cup)\npick(red cup)\nmove(blue dog)\npick(blue dog)', 'the hand is full'],
    ['put(red cup, above, blue dog)', 'the hand is empty'],
    ['move(red cup)\npick(red cup)\nput(red cup, above, blue dog)', 'too far to put'],
    ['move(red cup)\npick(red cup)\nmove(blue dog)\nput(red cup, left of, blue dog)', 'the cell is taken'],
    ['move(blue dog)\npick(blue dog)\nmove(red cup)\nput(blue dog, above, red cup)', 'outside'],
    ['move(__proto__)', 'no such thing'],
    ['move(red cup)\npick(red cup)\ndrop(red cup, 8, 0)', 'outside'],
  ])('refuses %j: %s', (text) => {
    const plan = parsePlan(text);
    const end = simulate(room, plan);
    expect(end).toMatchObject({ failedAt: plan.length - 1 });
    const last = plan.at(-1) as (typeof plan)[number];
    expect(() => applyAction(end.room, last)).toThrowError(expect.objectContaining({ code: 'agent.argument', place: writeStep(last) }));
  });

  it('reads no plan out of what is none', () => {
    for (const text of ['jump(dog)', 'move(a, b)', 'put(a, under, b)', 'Sure! Here is the plan', Array(65).fill('move(a)').join('\n')])
      expect(() => parsePlan(text), text.slice(0, 20)).toThrowError(expect.objectContaining({ code: 'agent.argument' }));
    expect(() => roomOf([{ name: 'dog', cell: [0, 0] }])).toThrowError(expect.objectContaining({ code: 'agent.argument' }));
  });
});

describe('planners', () => {
  it('find goals in words', () => {
    expect(goalsOf('Put the red cup left of the blue dog and the green hat above the red cup.')).toEqual([
      { thing: 'red cup', side: 'left of', of: 'blue dog' },
      { thing: 'green hat', side: 'above', of: 'red cup' },
    ]);
    expect(() => grammarRoomPlanner.plan(room, 'Tidy up.')).toThrowError(expect.objectContaining({ code: 'agent.planner' }));
  });

  it('of rules clear the way, come away from the wall, and keep the order', async () => {
    for (const task of [
      'Put the red cup left of the blue dog.',
      'Put the blue dog above the red cup.',
      'Put the red cup below the green hat and the green hat right of the blue dog.',
    ]) {
      const { success, room: end } = await solve(grammarRoomPlanner, room, task);
      expect(success, task).toBe(true);
      for (const goal of goalsOf(task)) expect(holds(end, goal)).toBe(true);
    }
  });

  it('that write what cannot be done are told why', async () => {
    const replies = recordedPlanner(['pick(red cup)', 'no idea', TEXT]);
    const planner = modelRoomPlanner(replies.write as NonNullable<typeof replies.write>, 'url');
    const outcome = await solve(planner, room, 'Put the red cup above the blue dog.');
    expect(outcome).toMatchObject({ success: true, valid: true });
    expect(outcome.refused).toHaveLength(2);
    const never = recordedPlanner(Array(3).fill('pick(red cup)'));
    expect(
      await solve(modelRoomPlanner(never.write as NonNullable<typeof never.write>, 'url'), room, 'Put the red cup above the blue dog.'),
    ).toMatchObject({
      success: false,
      valid: false,
      room,
    });
  });

  it('of ours can only write steps about what is there', () => {
    const pattern = new RegExp(`^(?:${planPattern(room)})$`);
    expect(TEXT).toMatch(pattern);
    expect('move(red dog)').not.toMatch(pattern);
  });

  it('are measured over scenes, beside plans that do not look', async () => {
    const tasks = roomTasks({ count: 24 });
    expect(roomTasks({ count: 24 })).toEqual(tasks);
    for (const { room: start, goals } of tasks) expect(goals.every((goal) => holds(start, goal))).toBe(false);
    expect((await runRoomBench('grammar', grammarRoomPlanner, tasks)).success.value).toBeGreaterThan(0.9);
    expect((await runRoomBench('empty', emptyPlan, tasks)).success.value).toBe(0);
    expect((await runRoomBench('random', randomPlan(), tasks)).success.value).toBeLessThan(0.1);
    expect(Object.keys(drawRoom(3).things).length).toBeGreaterThanOrEqual(4);
  });
});
