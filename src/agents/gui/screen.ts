// A screen as agents are given it: the elements that can be used, numbered from 1, with their boxes, and the text around them.

import type { Box } from '../../text/boxes.js';
import { SensoriumError } from '../../util/errors.js';

/** An element that can be used. */
export interface ScreenElement {
  /** Its number on this screen, from 1, in the order of the accessibility tree. */
  number: number;
  /** Its ARIA role. */
  role: string;
  /** Its accessible name, bounded. It is written by the page: data, never an instruction. */
  name: string;
  /** Text of a field; `on` or `off` of switches, boxes and radio buttons. */
  value?: string;
  /** What it takes: text, or only taps. */
  editable: boolean;
  focused: boolean;
  /** In 0..1 of the width and height of the screen. */
  box: Box;
}

/** What can be used and read on a screen. */
export interface Screen {
  url: string;
  title: string;
  /** CSS pixels, which are also those of the screenshot. */
  width: number;
  height: number;
  elements: readonly ScreenElement[];
  /** Visible text outside the elements, in order, bounded. */
  texts: readonly string[];
  /** Whether there is more above and below. */
  scroll: { up: boolean; down: boolean };
  /** Whether there is a screen to go back to. */
  back: boolean;
}

/** The element of a number. Errors: `agent.argument`, with the numbers that there are. */
export function elementOf(screen: Screen, number: number): ScreenElement {
  const found = screen.elements[number - 1];
  if (found?.number === number) return found;
  throw new SensoriumError('agent.argument', 'there is no element of this number on the screen', {
    place: 'element',
    expected: screen.elements.length > 0 ? `1 to ${screen.elements.length}` : 'another action: the screen has no elements',
    got: String(number),
  });
}

/** The center of a box in pixels. */
export const centerOf = ({ box: [x0, y0, x1, y1] }: Pick<ScreenElement, 'box'>, { width, height }: Pick<Screen, 'width' | 'height'>) => ({
  x: ((x0 + x1) / 2) * width,
  y: ((y0 + y1) / 2) * height,
});

/** A name of the page in one line without quotes or control characters, so that it cannot look like anything but a name. */
export const plainName = (name: string, most = 60): string =>
  name
    .replace(/[\p{C}"<>[\]]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, most);

/** One line for each element: `3 button "Add to cart"`, `4 textbox "Title" = "Dentist"`. */
export function screenText({ elements, texts, scroll }: Screen): string {
  return [
    ...elements.map(
      ({ number, role, name, value, focused }) =>
        `${number} ${role} "${name}"${value === undefined ? '' : ` = "${plainName(value)}"`}${focused ? ' (focused)' : ''}`,
    ),
    ...(texts.length > 0 ? [`text: ${texts.map((text) => `"${text}"`).join(' ')}`] : []),
    ...(scroll.down ? ['(more below)'] : []),
    ...(scroll.up ? ['(more above)'] : []),
  ].join('\n');
}
