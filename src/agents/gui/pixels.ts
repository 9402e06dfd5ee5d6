// The policy over pixels: a model that is given the screenshot and the task, and nothing of the page's tree, and writes places as CogAgent does.

import { image, type RgbImage } from '../../media/image.js';
import { resize } from '../../media/resize.js';
import { SensoriumError } from '../../util/errors.js';
import { coordinates, type GuiAction, parseGrounded, writeGrounded } from './actions.js';
import { type GuiPolicy, type GuiView, type PastAction, quotedTexts, type Write } from './policy.js';
import type { Screen } from './screen.js';

/** Pixels on a side of the picture that the model is given. */
export const PIXEL_SIDE = 256;

/** A screenshot as the model is given it: a square, so that no processor crops it; places in 0..1 stay what they are. */
export function squareOf(shot: RgbImage, side = PIXEL_SIDE): RgbImage {
  return resize(shot, side, side);
}

const did = ({ action }: PastAction): string =>
  action.action === 'scroll' ? `scroll ${action.direction}` : action.action === 'text' ? `type "${action.text}"` : action.action;

/** The words beside the picture: the task and the kinds of the last three actions. Names of elements are of the page's tree, and not among them. */
export function pixelPrompt({ task, past }: Pick<GuiView, 'task' | 'past'>): string {
  return `${task}\ndid ${past.length === 0 ? 'nothing' : past.slice(-3).map(did).join(', ')}`;
}

/** An action by its place: CogAgent's grounded operation without role and name, `CLICK at the box [[020,100,980,160]]`. */
export function pixelAction(action: GuiAction, screen: Screen): string {
  if (!('element' in action)) return writeGrounded(action, screen);
  const at = `at the box ${coordinates.write((screen.elements[action.element - 1] as Screen['elements'][number]).box)}`;
  if (action.action === 'text') return `TYPE: ${JSON.stringify(action.text)} ${at}`;
  return `${action.action === 'tap' ? 'CLICK' : 'LONG_PRESS'} ${at}`;
}

const BOX = 'at the box \\[\\[[0-9]{3},[0-9]{3},[0-9]{3},[0-9]{3}\\]\\]';
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** The regular expression of what the model may write: any place, and texts that the task quotes. Nothing in it is of the screen. */
export function pixelPattern({ task }: Pick<GuiView, 'task'>): string {
  const texts = quotedTexts(task).map((text) => escaped(JSON.stringify(text)));
  return [
    `(?:CLICK|LONG_PRESS) ${BOX}`,
    ...(texts.length > 0 ? [`TYPE: (?:${texts.join('|')}) ${BOX}`] : []),
    'SCROLL_UP|SCROLL_DOWN|GO_BACK|END',
  ].join('|');
}

/**
 * A policy over a model with eyes of ours, such as `modelPlanner(…).write` of one that `recipes/gui-pixels.ts` trained. The harness alone knows which element lies at
 * a place. Errors of `decide`: `agent.argument` for a place where there is none, which the harness counts as refused.
 */
export function pixelPolicy(write: Write, { side = PIXEL_SIDE }: { side?: number } = {}): GuiPolicy {
  if (!Number.isInteger(side) || side < 16 || side > 4096)
    throw new SensoriumError('agent.argument', 'a picture cannot have this side', {
      place: 'side',
      expected: '16 to 4096',
      got: String(side),
    });
  return {
    name: 'pixels',
    tier: 'own',
    decide: async (view) => {
      const picture = squareOf(await view.screenshot(), side);
      const content = [image(picture), { type: 'text' as const, text: pixelPrompt(view) }];
      const format = { type: 'regex' as const, pattern: pixelPattern(view) };
      const text = await write([{ role: 'user', content }], { maxTokens: 96, signal: view.signal, format });
      return { action: parseGrounded(text, view.screen), thought: text };
    },
  };
}
