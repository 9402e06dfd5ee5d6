// Screens and actions as the small model of ours reads and writes them: short lines, names first, and a pattern that only valid actions match.

import { SensoriumError } from '../../util/errors.js';
import type { GuiAction } from './actions.js';
import { type GuiView, headingOf, type PastAction, quotedTexts } from './policy.js';
import { plainName, type Screen, type ScreenElement } from './screen.js';

const MOST_NAME = 24;
/** Elements that are read: the model has 384 positions. */
const MOST_ELEMENTS = 15;
const nameOf = ({ name, role }: ScreenElement): string => plainName(name, MOST_NAME) || role;

/** `tap Cart 1`, `hold Ideas 4`, `type To 2: "Anna"`, `scroll down`, `back`, `done`. */
export function ownAction(action: GuiAction, screen: Screen): string {
  switch (action.action) {
    case 'tap':
    case 'long_press':
    case 'text': {
      const verb = { tap: 'tap', long_press: 'hold', text: 'type' }[action.action];
      const to = `${verb} ${nameOf(screen.elements[action.element - 1] as ScreenElement)} ${action.element}`;
      return action.action === 'text' ? `${to}: "${action.text}"` : to;
    }
    case 'scroll':
      return `scroll ${action.direction}`;
    default:
      return action.action;
  }
}

const did = ({ action, name }: PastAction): string =>
  action.action === 'scroll'
    ? 'scroll'
    : action.action === 'text'
      ? `type "${action.text}"`
      : 'element' in action
        ? `${action.action === 'tap' ? 'tap' : 'hold'} ${plainName(name, MOST_NAME)}`
        : action.action;

/** The prompt: the task, the last three actions, the heading, and a line for each of the first 15 elements with its number behind its name. */
export function ownPrompt({ task, screen, past }: Pick<GuiView, 'task' | 'screen' | 'past'>): string {
  const lines = screen.elements.slice(0, MOST_ELEMENTS).map((one) => {
    const { number, value, editable } = one;
    // Behind a space, names are written with the same tokens as in the task.
    return `-${editable ? ' type' : ''} ${nameOf(one)}${value === undefined || value === '' ? '' : ` (${plainName(value, 12)})`} ${number}`;
  });
  return [
    task,
    `did ${past.length === 0 ? 'nothing' : past.slice(-3).map(did).join(', ')}`,
    `on ${plainName(headingOf(screen), MOST_NAME)}`,
    ...lines,
    ...(screen.scroll.down ? ['more below'] : []),
  ].join('\n');
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** The regular expression of what the model may write: actions on elements that are there, texts that the task quotes. */
export function ownPattern({ task, screen }: Pick<GuiView, 'task' | 'screen'>): string {
  const texts = quotedTexts(task);
  const shown = screen.elements.slice(0, MOST_ELEMENTS);
  const on = (one: ScreenElement): string => escaped(`${nameOf(one)} ${one.number}`);
  const fields = texts.length > 0 ? shown.filter(({ editable }) => editable) : [];
  const rest = [
    'done',
    ...(screen.scroll.down ? ['scroll down'] : []),
    ...(screen.scroll.up ? ['scroll up'] : []),
    ...(screen.back ? ['back'] : []),
  ];
  return [
    ...(shown.length > 0 ? [`(?:tap|hold) (?:${shown.map(on).join('|')})`] : []),
    ...(fields.length > 0 ? [`type (?:${fields.map(on).join('|')}): "(?:${texts.map(escaped).join('|')})"`] : []),
    ...rest,
  ].join('|');
}

/** The action of a reply that matches the pattern. Errors: `agent.argument` for one that does not. */
export function readOwnAction(reply: string, screen: Screen): GuiAction {
  const text = reply.trim();
  if (text === 'done' || text === 'back') return { action: text };
  const scroll = /^scroll (up|down)$/.exec(text);
  if (scroll) return { action: 'scroll', direction: scroll[1] as 'up' | 'down' };
  const [, verb, before = '', number, typed] = /^(tap|hold|type) (.*?) (\d+)(?:: "(.*)")?$/s.exec(text) ?? [];
  const element = screen.elements[Number(number) - 1];
  if (!element || nameOf(element) !== before || (verb === 'type') !== (typed !== undefined))
    throw new SensoriumError('agent.argument', 'this action cannot be taken', {
      place: 'action',
      expected: 'an action on an element of the screen',
      got: text.slice(0, 200),
    });
  if (verb === 'type') return { action: 'text', element: element.number, text: typed as string };
  return { action: verb === 'tap' ? 'tap' : 'long_press', element: element.number };
}
