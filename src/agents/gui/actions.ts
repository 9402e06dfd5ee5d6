// What an agent may do on a screen, as data, in AppAgent's text form and in CogAgent's grounded form; and which of it is valid there.

import { z } from 'zod';
import { iou } from '../../evaluate/metrics/boxes.js';
import type { Box } from '../../text/boxes.js';
import { conventionOf } from '../../text/coordinates.js';
import { SensoriumError } from '../../util/errors.js';
import { elementOf, plainName, type Screen, type ScreenElement } from './screen.js';

const element = z.int().min(1).max(999);

/** An action. `scroll` says where the screen goes: `down` shows what is below. */
export const guiAction = z.discriminatedUnion('action', [
  z.object({ action: z.literal('tap'), element }),
  z.object({ action: z.literal('long_press'), element }),
  z.object({ action: z.literal('text'), element, text: z.string().max(500) }),
  z.object({ action: z.literal('scroll'), direction: z.enum(['up', 'down']) }),
  z.object({ action: z.literal('back') }),
  z.object({ action: z.literal('done'), answer: z.string().max(2000).optional() }),
]);

/** An action that a screen may take. */
export type GuiAction = z.infer<typeof guiAction>;

/** Numbers from 0 to 999 of width and height, three digits each, as CogVLM and CogAgent write them. */
export const coordinates = conventionOf({ name: 'cogvlm' });

const wrong = (expected: string, got: string): SensoriumError =>
  new SensoriumError('agent.argument', 'this action cannot be taken', { place: 'action', expected, got: got.slice(0, 200) });

/** The action, if the screen can take it. Errors: `agent.argument` for an element that is not there or does not take text, nothing to scroll or go back to. */
export function checkAction(action: GuiAction, screen: Screen): GuiAction {
  if ('element' in action) {
    const { editable, role, name } = elementOf(screen, action.element);
    if (action.action === 'text' && !editable) throw wrong('a field that takes text', `${role} "${name}"`);
  }
  if (action.action === 'scroll' && !screen.scroll[action.direction])
    throw wrong('another action: there is nothing more', `scroll ${action.direction}`);
  if (action.action === 'back' && !screen.back) throw wrong('another action: this is the first screen', 'back');
  return action;
}

/** Every valid action on a screen but texts, which have no end: a `text` for each field and each of `texts`. */
export function validActions(screen: Screen, texts: readonly string[] = []): GuiAction[] {
  return [
    ...screen.elements.flatMap(({ number, editable }): GuiAction[] => [
      { action: 'tap', element: number },
      { action: 'long_press', element: number },
      ...(editable ? texts.map((text): GuiAction => ({ action: 'text', element: number, text })) : []),
    ]),
    ...(['up', 'down'] as const).filter((d) => screen.scroll[d]).map((direction): GuiAction => ({ action: 'scroll', direction })),
    ...(screen.back ? [{ action: 'back' } as const] : []),
    { action: 'done' },
  ];
}

/** An action in AppAgent's form: `tap(3)`, `text(4, "milk")`, `long_press(3)`, `scroll("down")`, `back()`, `FINISH`. */
export function writeAction(action: GuiAction): string {
  switch (action.action) {
    case 'tap':
    case 'long_press':
      return `${action.action}(${action.element})`;
    case 'text':
      return `text(${action.element}, ${JSON.stringify(action.text)})`;
    case 'scroll':
      return `scroll("${action.direction}")`;
    case 'back':
      return 'back()';
    case 'done':
      return action.answer === undefined ? 'FINISH' : `FINISH(${JSON.stringify(action.answer)})`;
  }
}

const CALL = /\b(tap|long_press|text|scroll|swipe|back)\(([^()"]*(?:"(?:[^"\\]|\\.)*"[^()"]*)*)\)|\bFINISH\b(?:\(("(?:[^"\\]|\\.)*")\))?/;

/**
 * The first action in a text of AppAgent's form. `text("milk")` types into the field that has the focus, else the only one;
 * `swipe(3, "up", "medium")` moves the content up, which is `scroll("down")`. Errors: `agent.argument`.
 */
export function parseAction(text: string, screen: Screen): GuiAction {
  const after = /(?:^|\n)\s*Action:\s*/.exec(text);
  const said = after ? text.slice(after.index + after[0].length) : text;
  const match = CALL.exec(said);
  const expected = 'tap(3), text(4, "words"), long_press(3), scroll("down"), back() or FINISH';
  if (!match) throw wrong(expected, said);
  const [whole, name, given = '', answer] = match;
  if (name === undefined) return answer === undefined ? { action: 'done' } : { action: 'done', answer: stringOf(answer, whole) };
  const args = [...given.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+/g)].map(([one]) => one);
  const numbers = args.filter((one) => !one.startsWith('"')).map(Number);
  const words = args.filter((one) => one.startsWith('"')).map((one) => stringOf(one, whole));
  const made = ((): unknown => {
    switch (name) {
      case 'text':
        return { action: 'text', element: numbers[0] ?? fieldOf(screen).number, text: words[0] };
      case 'scroll':
        return { action: 'scroll', direction: words[0] };
      case 'swipe':
        return { action: 'scroll', direction: words[0] === 'up' ? 'down' : words[0] === 'down' ? 'up' : words[0] };
      case 'back':
        return { action: 'back' };
      default:
        return { action: name, element: numbers[0] };
    }
  })();
  const read = guiAction.safeParse(made);
  if (!read.success) throw wrong(expected, whole);
  return checkAction(read.data, screen);
}

function stringOf(json: string, whole: string): string {
  try {
    return JSON.parse(json) as string;
  } catch {
    throw wrong('a text in double quotes', whole);
  }
}

/** The field that a text without a number goes into. */
function fieldOf({ elements }: Screen): ScreenElement {
  const fields = elements.filter(({ editable }) => editable);
  const found = fields.find(({ focused }) => focused) ?? (fields.length === 1 ? fields[0] : undefined);
  if (!found) throw wrong('text(NUMBER, "words"): no field has the focus', `${fields.length} fields`);
  return found;
}

const GROUNDED = { tap: 'CLICK', long_press: 'LONG_PRESS', text: 'TYPE' } as const;

/** An action in CogAgent's grounded form: `[button] Add to cart -> CLICK at the box [[012,034,500,120]]`. */
export function writeGrounded(action: GuiAction, screen: Screen): string {
  if (!('element' in action))
    return action.action === 'scroll' ? `SCROLL_${action.direction.toUpperCase()}` : action.action === 'back' ? 'GO_BACK' : 'END';
  const { role, name, box } = elementOf(screen, action.element);
  const typed = action.action === 'text' ? `: ${JSON.stringify(action.text)}` : '';
  return `[${role}] ${plainName(name)} -> ${GROUNDED[action.action]}${typed} at the box ${coordinates.write(box)}`;
}

/** The action of a text in the grounded form. The element is that whose box overlaps most with the one that is written. Errors: `agent.argument`. */
export function parseGrounded(text: string, screen: Screen): GuiAction {
  const named = /\bSCROLL_(UP|DOWN)\b|\b(GO_BACK)\b|\b(END)\b/.exec(text);
  const placed = /\b(CLICK|LONG_PRESS|TYPE)\b(?::\s*("(?:[^"\\]|\\.)*"))?/.exec(text);
  if (!placed) {
    if (!named) throw wrong('[role] name -> CLICK at the box [[x0,y0,x1,y1]]', text);
    const [, direction, back] = named;
    const action: GuiAction = direction
      ? { action: 'scroll', direction: direction.toLowerCase() as 'up' | 'down' }
      : { action: back ? 'back' : 'done' };
    return checkAction(action, screen);
  }
  const [box] = coordinates.parse(text.slice(placed.index));
  if (!box) throw wrong('a box of three digits each: [[012,034,500,120]]', text);
  const { number } = elementAt(screen, box);
  const [, kind, typed] = placed;
  if (kind !== 'TYPE') return checkAction({ action: kind === 'CLICK' ? 'tap' : 'long_press', element: number }, screen);
  if (typed === undefined) throw wrong('TYPE: "words" at the box [[x0,y0,x1,y1]]', text);
  return checkAction({ action: 'text', element: number, text: stringOf(typed, text) }, screen);
}

/** The element that a box means: the one with the greatest overlap. Errors: `agent.argument` where no element is touched. */
export function elementAt(screen: Screen, box: Box): ScreenElement {
  let best: ScreenElement | undefined;
  let most = 0;
  for (const one of screen.elements) {
    const overlap = iou(one.box, box);
    if (overlap > most) [best, most] = [one, overlap];
  }
  if (!best) throw wrong('a box over an element', coordinates.write(box));
  return best;
}
