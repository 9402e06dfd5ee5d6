// Demonstrations: the plan of a task carried out on its app, step by step, scrolling to what is not on the screen. Training data of the own policy.

import type { RgbImage } from '../../media/image.js';
import { SensoriumError } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
import type { GuiAction } from './actions.js';
import type { GuiTask, PlanStep } from './apps/index.js';
import type { Device } from './device.js';
import { headingOf, type PastAction } from './policy.js';
import type { Screen, ScreenElement } from './screen.js';

/** One step of a demonstration: all that a policy is given but pixels, and the action. */
export interface Demonstration {
  task: string;
  /** `shop/add-to-cart/1003`. */
  id: string;
  screen: Screen;
  past: readonly PastAction[];
  action: GuiAction;
  /** Pixels of the screen, where they were asked for. */
  shot?: RgbImage;
}

/** How a plan is carried out. */
export interface DemonstrateOptions {
  /** Draws slips: now and then something else is tapped first. */
  slips?: Rng;
  /** Share of steps with one. Default 0.15. */
  rate?: number;
  /** Steps have the pixels of their screens, which apps without a browser do not have. Default false. */
  shots?: boolean;
}

/** The element that a step of a plan names: exactly, else by the beginning of the name. */
export function findByName(screen: Screen, name: string): ScreenElement | undefined {
  return screen.elements.find((one) => one.name === name) ?? screen.elements.find((one) => one.name.startsWith(`${name} `));
}

function nextAction(screen: Screen, step: PlanStep | undefined): GuiAction | undefined {
  if (!step) return { action: 'done' };
  if (step[0] === 'back') return { action: 'back' };
  const found = findByName(screen, step[1]);
  if (!found) return screen.scroll.down ? { action: 'scroll', direction: 'down' } : undefined;
  if (step[0] === 'type') return { action: 'text', element: found.number, text: step[2] };
  return { action: step[0] === 'hold' ? 'long_press' : 'tap', element: found.number };
}

/** An action as it is remembered. */
export const remembered = (action: GuiAction, screen: Screen): PastAction => ({
  action,
  name: 'element' in action ? (screen.elements[action.element - 1]?.name ?? '') : '',
  screen: headingOf(screen),
});

/**
 * Carries out the plan of a task. With `slips`, now and then something else is tapped first that changes no state, and the step that is shown is
 * the way back: without such steps a model that once goes wrong never finds its way. Undefined where a slip changed the state or the way back. Errors: `agent.tool` where a step names what is not on the screen, or the state is not the one asked for at the end. */
export async function demonstrate(
  device: Device,
  task: GuiTask,
  { slips, rate = 0.15, shots = false }: DemonstrateOptions = {},
): Promise<Demonstration[] | undefined> {
  const steps: Demonstration[] = [];
  const past: PastAction[] = [];
  const plan = [...task.plan];
  const shot = async (): Promise<Pick<Demonstration, 'shot'>> => (shots ? { shot: await device.screenshot() } : {});
  for (;;) {
    const screen = await device.observe();
    const action = nextAction(screen, plan[0]);
    if (!action || past.length > 40)
      throw new SensoriumError('agent.tool', 'a step of the plan names what is not on the screen', {
        place: task.id,
        expected: JSON.stringify(plan[0]),
        got: screen.elements.map(({ name }) => name).join(', '),
      });
    if (slips?.bool(rate) && action.action === 'tap') {
      const others = screen.elements.filter(({ number, role }) => number !== action.element && role === 'button');
      if (others.length > 0) {
        const slip: GuiAction = { action: 'tap', element: slips.pick(others).number };
        const before = JSON.stringify(await device.state());
        await device.perform(slip, screen);
        const there = await device.observe();
        if (JSON.stringify(await device.state()) !== before || headingOf(there) === headingOf(screen)) return undefined;
        past.push(remembered(slip, screen));
        steps.push({ task: task.text, id: task.id, screen: there, past: [...past], action: { action: 'back' }, ...(await shot()) });
        await device.perform({ action: 'back' }, there);
        if (JSON.stringify(await device.observe()) !== JSON.stringify(screen)) return undefined;
        past.push(remembered({ action: 'back' }, there));
        continue;
      }
    }
    steps.push({ task: task.text, id: task.id, screen, past: [...past], action, ...(await shot()) });
    if (action.action === 'done') break;
    if (action.action !== 'scroll') plan.shift();
    await device.perform(action, screen);
    past.push(remembered(action, screen));
  }
  const state = await device.state();
  if (!task.succeeded(state))
    throw new SensoriumError('agent.tool', 'the plan of a task does not do it', {
      place: task.id,
      got: JSON.stringify(state).slice(0, 300),
    });
  return steps;
}

/** Demonstrations of tasks, each on a device of its own; every second with slips. */
export async function* demonstrations(
  tasks: readonly GuiTask[],
  open: (task: GuiTask) => Device | Promise<Device>,
  options: Pick<DemonstrateOptions, 'shots'> = {},
): AsyncGenerator<Demonstration> {
  for (const [i, task] of tasks.entries()) {
    let steps: Demonstration[] | undefined;
    for (const slips of i % 2 === 0 ? [undefined] : [new Rng(`slips/${task.id}`), undefined]) {
      const device = await open(task);
      try {
        steps ??= await demonstrate(device, task, { ...options, slips });
      } finally {
        await device.dispose();
      }
    }
    yield* steps ?? [];
  }
}
