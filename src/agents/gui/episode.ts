// One task on one device: look, decide, check, confirm, act, until it is done or the budget is used up. Everything that happens stands in the trace.

import { isAbort, SensoriumError, throwIfAborted } from '../../util/errors.js';
import { Budget, type BudgetOptions } from '../budget.js';
import type { AgentOptions, Trace, TraceStep } from '../trace.js';
import { Workspace } from '../workspace.js';
import { checkAction, type GuiAction, writeAction } from './actions.js';
import { remembered } from './demonstrate.js';
import type { Device } from './device.js';
import { marked } from './marks.js';
import type { GuiDecision, GuiPolicy, PastAction } from './policy.js';
import { type Screen, type ScreenElement, screenText } from './screen.js';

/** How a task is run. */
export interface EpisodeOptions extends AgentOptions {
  /** Steps (`maxCalls`) and seconds. Default: 20 steps (AppAgent's MAX_ROUNDS), 300 seconds. A `Budget` is used as it is. */
  budget?: Budget | BudgetOptions;
  /** Where screenshots are put. Default: one of its own. */
  workspace?: Workspace;
  /** Asked before an action that `isRisky` names; false refuses it, and the policy is told. Default: every action is taken. */
  confirm?: (action: GuiAction, element: ScreenElement | undefined) => boolean | Promise<boolean>;
  /** Which actions are asked about. Default: `risky`. */
  isRisky?: (action: GuiAction, element: ScreenElement | undefined) => boolean;
  /** Keep a screenshot of every step in the workspace. */
  screenshots?: boolean;
}

/** What came of a task. */
export interface Episode {
  trace: Trace;
  workspace: Workspace;
  /** Actions that were taken. */
  steps: number;
  /** The policy said that it is done. */
  done: boolean;
  past: readonly PastAction[];
  /** What the page tried to reach beside its origin. */
  blocked: readonly string[];
}

const RISKY =
  /\b(buy|pay|payment|order|purchase|transfer|send|delete|remove|erase|block|leave|submit|subscribe|unsubscribe|log ?out|reset|uninstall|publish|post)\b/i;

/** Fields that ask for what nobody else may know. */
export const SECRET = /\b(password|passcode|pin|security code|card number|secret)\b/i;

/** Whether an element's name tells of what cannot be undone, of money or of a secret. */
export const risky = (action: GuiAction, element: ScreenElement | undefined): boolean =>
  'element' in action && (action.action === 'text' ? SECRET : RISKY).test(element?.name ?? '');

/** Refused or invalid actions in a row after which a task ends. */
const MOST_FAULTS = 3;

/** Runs a policy on a task. A policy or page that fails ends the task; the reason is in the trace. Errors: that of `signal`. */
export async function runGui(policy: GuiPolicy, device: Device, task: string, options: EpisodeOptions = {}): Promise<Episode> {
  const { budget: bounds, workspace = new Workspace(), confirm, isRisky = risky, screenshots = false, signal, onStep } = options;
  const budget = bounds instanceof Budget ? bounds : new Budget({ maxCalls: 20, ...bounds });
  const past: PastAction[] = [];
  const trace: Trace = { task, agent: policy.name, tier: policy.tier, steps: [] };
  let done = false;
  let faults = 0;
  const add = (step: TraceStep): void => {
    trace.steps.push(step);
    onStep?.(step);
  };
  try {
    while (!done) {
      throwIfAborted(signal);
      budget.spend('calls');
      const screen = await device.observe();
      const step = await picture(device, screen, screenshots ? workspace : undefined);
      const started = performance.now();
      const tried = await decide(policy, { task, screen, past, screenshot: () => device.screenshot(), signal });
      const milliseconds = Math.round(performance.now() - started);
      if ('error' in tried) {
        add({ kind: 'call', name: 'invalid', ...step, error: tried.error, milliseconds });
        if (++faults === MOST_FAULTS)
          throw new SensoriumError('agent.argument', 'the policy decided on nothing that can be done', {
            place: policy.name,
            got: tried.error.message,
          });
        continue;
      }
      const { action, thought } = tried;
      const element = 'element' in action ? screen.elements[action.element - 1] : undefined;
      const shown: TraceStep = {
        kind: 'call',
        name: action.action,
        text: writeAction(action),
        input: element ? element.name : null,
        ...step,
        ...target(action, element, screen),
        milliseconds,
      };
      if (thought !== undefined) add({ kind: 'thought', name: policy.name, text: thought });
      if (confirm && isRisky(action, element) && !(await confirm(action, element))) {
        add({ ...shown, error: { code: 'agent.refused', message: 'the action was not confirmed' } });
        past.push({ ...remembered(action, screen), refused: 'not confirmed' });
        if (++faults === MOST_FAULTS)
          throw new SensoriumError('agent.refused', 'the task needs an action that was not confirmed', {
            place: writeAction(action),
            got: element?.name,
          });
        continue;
      }
      faults = 0;
      await device.perform(action, screen);
      add(shown);
      past.push(remembered(action, screen));
      done = action.action === 'done';
      if (action.action === 'done' && action.answer !== undefined) trace.answer = action.answer;
    }
  } catch (error) {
    if (signal?.aborted || isAbort(error)) throw error;
    const known =
      error instanceof SensoriumError
        ? error
        : new SensoriumError('agent.browser', 'the page could not be used', {
            got: String((error as Error).message).split('\n')[0],
            cause: error,
          });
    trace.failed = { code: known.code, message: known.message };
  }
  return { trace, workspace, steps: past.filter(({ refused }) => !refused).length, done, past, blocked: device.blocked };
}

/** The decision, checked against the screen; what is wrong with it where it is. */
async function decide(
  policy: GuiPolicy,
  view: Parameters<GuiPolicy['decide']>[0],
): Promise<GuiDecision | { error: { code: string; message: string } }> {
  try {
    const decision = await policy.decide(view);
    checkAction(decision.action, view.screen);
    return decision;
  } catch (error) {
    if (error instanceof SensoriumError && error.code === 'agent.argument') return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

/** The screen as text and, where it is kept, its picture with numbered boxes. */
async function picture(device: Device, screen: Screen, workspace: Workspace | undefined): Promise<Pick<TraceStep, 'items' | 'output'>> {
  const items = workspace ? [workspace.put('image', await marked(await device.screenshot(), screen), screen.url)] : undefined;
  return { ...(items ? { items } : {}), output: screenText(screen) };
}

/** The box of an element in pixels, named by what is done to it. */
function target(action: GuiAction, element: ScreenElement | undefined, { width, height }: Screen): Pick<TraceStep, 'boxes'> {
  if (!element) return {};
  const [x0, y0, x1, y1] = element.box;
  return { boxes: [{ box: [x0 * width, y0 * height, x1 * width, y1 * height], label: action.action }] };
}
