// AppAgent's first two phases (Zhang et al. 2023, arXiv:2312.13771): explore an app, and write down what each element does. Deploying reads it.

import { Rng } from '../../util/rng.js';
import type { GuiAction } from './actions.js';
import type { Device } from './device.js';
import { headingOf } from './policy.js';
import type { Screen, ScreenElement } from './screen.js';

/** What elements do, by their key: the heading of the screen, role and name. Plain JSON. */
export interface GuiDocuments {
  /** Where it was found out, such as the name of an app. */
  of: string;
  elements: Record<string, string>;
}

/** The key of an element: a name that holds over visits. Numbers and prices in names do not count. */
export const documentKey = (heading: string, { role, name }: Pick<ScreenElement, 'role' | 'name'>): string =>
  [heading, role, name].map((part) => part.replace(/\$?\d+/g, '#')).join(' | ');

/** What is written about an element; undefined for one that was not tried. */
export const documentOf = ({ elements }: GuiDocuments, heading: string, element: ScreenElement): string | undefined =>
  Object.hasOwn(elements, documentKey(heading, element)) ? elements[documentKey(heading, element)] : undefined;

/** Writes what an action did, from the screens before and after; undefined where it should be tried again. */
export type Describe = (o: {
  before: Screen;
  action: GuiAction;
  element: ScreenElement;
  after: Screen;
}) => string | undefined | Promise<string | undefined>;

/** Says what appeared: the grammar tier of describing. */
export const describeChange: Describe = ({ before, element, after }) => {
  const names = new Set(before.elements.map(({ name }) => name));
  const fresh = after.elements.filter(({ name }) => !names.has(name)).map(({ name, editable }) => (editable ? `${name} field` : name));
  const now = after.elements.find(({ name, role }) => name === element.name && role === element.role);
  if (now && now.value !== element.value) return `changes ${element.name} from ${element.value} to ${now.value}`;
  if (headingOf(after) !== headingOf(before)) return `opens ${headingOf(after)}: ${fresh.slice(0, 12).join(', ')}`;
  return fresh.length > 0 ? `shows ${fresh.slice(0, 12).join(', ')}` : 'changes nothing that is seen';
};

/** How an app is explored. */
export interface ExploreOptions {
  of: string;
  /** Taps in all. Default 40. */
  steps?: number;
  seed?: number;
  describe?: Describe;
  /** Elements that exploring may not tap. */
  avoid?: (element: ScreenElement) => boolean;
  signal?: AbortSignal;
}

/**
 * Explores: taps what has no document yet, on the screen nearest at hand, goes back where all have one, and starts anew where there is no way back.
 * `open` gives a fresh device. What is tapped while exploring is done: explore a copy of what matters, or `avoid` it.
 */
export async function explore(
  open: () => Promise<Device>,
  { of, steps = 40, seed = 0, describe = describeChange, avoid, signal }: ExploreOptions,
): Promise<GuiDocuments> {
  const documents: GuiDocuments = { of, elements: {} };
  const rng = new Rng(`explore/${of}/${seed}`);
  let device = await open();
  try {
    for (let step = 0; step < steps; step++) {
      signal?.throwIfAborted();
      const before = await device.observe();
      const heading = headingOf(before);
      const unknown = before.elements.filter((one) => !one.editable && !avoid?.(one) && documentOf(documents, heading, one) === undefined);
      if (unknown.length === 0) {
        if (before.scroll.down && rng.bool()) await device.perform({ action: 'scroll', direction: 'down' }, before);
        else if (before.back) await device.perform({ action: 'back' }, before);
        else {
          // All of the first screen is known: follow something known to reach what is not.
          const known = before.elements.filter((one) => !one.editable && !avoid?.(one));
          if (known.length === 0) break;
          await device.perform({ action: 'tap', element: rng.pick(known).number }, before);
        }
        continue;
      }
      const element = rng.pick(unknown);
      const action: GuiAction = { action: 'tap', element: element.number };
      await device.perform(action, before);
      const after = await device.observe();
      const text = await describe({ before, action, element, after });
      if (text !== undefined) documents.elements[documentKey(heading, element)] = text.slice(0, 300);
      if (after.elements.length === 0 && !after.back) {
        await device.dispose();
        device = await open();
      }
    }
  } finally {
    await device.dispose();
  }
  return documents;
}

/** Documents as a page of Markdown. */
export const documentsPage = ({ of, elements }: GuiDocuments): string =>
  [`# ${of}`, '', ...Object.entries(elements).map(([key, text]) => `- **${key}**: ${text}`), ''].join('\n');
