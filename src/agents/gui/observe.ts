// What is on a page: the accessibility tree, and where each element that can be used stands, asked in a world of scripts that the page cannot touch.

import type { CDPSession, Page } from 'playwright-core';
import type { Box } from '../../text/boxes.js';
import { SensoriumError } from '../../util/errors.js';
import { plainName, type Screen, type ScreenElement } from './screen.js';

/** Roles that can be used. */
const USABLE = new Set([
  'button', 'link', 'textbox', 'searchbox', 'checkbox', 'switch', 'radio', 'combobox', 'menuitem', 'menuitemcheckbox', 'menuitemradio', 'tab', 'option',
  'slider', 'spinbutton', 'treeitem',
]); // biome-ignore format: one list, read as a list
const EDITABLE = new Set(['textbox', 'searchbox', 'spinbutton']);
/** Elements and texts of one screen. */
const MOST_ELEMENTS = 80;
const MOST_TEXTS = 40;

/** A node of Chromium's accessibility tree, as far as it is read. */
interface AxNode {
  nodeId: string;
  parentId?: string;
  ignored: boolean;
  role?: { value?: string };
  name?: { value?: string };
  value?: { value?: string | number };
  properties?: { name: string; value: { value?: unknown } }[];
  backendDOMNodeId?: number;
}

/** Where a node stands in CSS pixels, and whether a tap on its center would reach it. Text nodes have no taps. */
const PLACE = `function () {
  const range = this.nodeType === 3 ? document.createRange() : undefined;
  if (range) range.selectNodeContents(this);
  const { left, top, right, bottom } = (range || this).getBoundingClientRect();
  const [x0, y0, x1, y1] = [Math.max(0, left), Math.max(0, top), Math.min(innerWidth, right), Math.min(innerHeight, bottom)];
  if (x1 - x0 < 2 || y1 - y0 < 2) return null;
  const hit = document.elementFromPoint((x0 + x1) / 2, (y0 + y1) / 2);
  const own = range ? this.parentElement : this;
  const reached = !!hit && (own === hit || own.contains(hit) || (hit.closest('label') || {}).control === own || (!!range && hit.contains(own)));
  const style = getComputedStyle(own);
  return { box: [x0, y0, x1, y1], reached, shown: style.visibility === 'visible' && Number(style.opacity) > 0.1 };
}`;

interface Place {
  box: [number, number, number, number];
  reached: boolean;
  shown: boolean;
}

/** The screen of a page. `back`: whether there is one to go back to. */
export async function observe(page: Page, cdp: CDPSession, back: boolean): Promise<Screen> {
  const { frameTree } = await cdp.send('Page.getFrameTree');
  const { executionContextId } = await cdp.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'sensorium' });
  const view = await evaluate<{ width: number; height: number; top: number; bottom: number; title: string }>(
    cdp,
    executionContextId,
    `({ width: innerWidth, height: innerHeight, top: scrollY, bottom: (document.documentElement?.scrollHeight ?? 0) - innerHeight - scrollY, title: document.title })`,
  );
  const { nodes } = (await cdp.send('Accessibility.getFullAXTree')) as unknown as { nodes: AxNode[] };
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const usable = (node: AxNode): boolean => !node.ignored && USABLE.has(roleOf(node)) && property(node, 'disabled') !== true;
  const inside = (node: AxNode): boolean => {
    for (let up = node.parentId; up !== undefined; up = byId.get(up)?.parentId) if (usable(byId.get(up) as AxNode)) return true;
    return false;
  };
  const chosen = nodes.filter(usable).slice(0, 4 * MOST_ELEMENTS);
  const words = nodes.filter((node) => !node.ignored && roleOf(node) === 'StaticText' && !inside(node)).slice(0, 4 * MOST_TEXTS);
  const places = await Promise.all([...chosen, ...words].map((node) => placeOf(cdp, executionContextId, node)));
  const { width, height } = view;
  // The tree comes level by level; a screen is read from top to bottom.
  const placed = (list: readonly AxNode[], first: number) =>
    list
      .flatMap((node, i) => {
        const place = places[first + i];
        return place?.shown ? [{ node, name: node.name?.value ?? '', ...place }] : [];
      })
      .sort((a, b) => Math.round(a.box[1]) - Math.round(b.box[1]) || a.box[0] - b.box[0]);
  const elements = placed(chosen, 0)
    .filter(({ reached }) => reached)
    .slice(0, MOST_ELEMENTS)
    .map(({ node, name, box: [x0, y0, x1, y1] }, i): ScreenElement => {
      const box: Box = [x0 / width, y0 / height, x1 / width, y1 / height];
      return { number: i + 1, name: plainName(name), ...stateOf(node), box };
    });
  const texts = placed(words, chosen.length).map(({ name }) => plainName(name, 200));
  return {
    url: page.url(),
    title: plainName(view.title),
    width,
    height,
    elements,
    texts: texts.filter((text) => text !== '').slice(0, MOST_TEXTS),
    scroll: { up: view.top > 1, down: view.bottom > 1 },
    back,
  };
}

const roleOf = (node: AxNode): string => node.role?.value ?? '';
const property = (node: AxNode, name: string): unknown => node.properties?.find((one) => one.name === name)?.value.value;

/** Role and state of an element. */
function stateOf(node: AxNode): Pick<ScreenElement, 'role' | 'value' | 'editable' | 'focused'> {
  const role = roleOf(node);
  const editable = EDITABLE.has(role) || (role === 'combobox' && property(node, 'editable') !== undefined);
  const checked = property(node, 'checked') ?? property(node, 'pressed') ?? property(node, 'selected');
  const value = editable ? String(node.value?.value ?? '') : checked === undefined ? undefined : String(checked) === 'true' ? 'on' : 'off';
  return { role, ...(value === undefined ? {} : { value: value.slice(0, 200) }), editable, focused: property(node, 'focused') === true };
}

async function placeOf(cdp: CDPSession, executionContextId: number, { backendDOMNodeId }: AxNode): Promise<Place | undefined> {
  if (backendDOMNodeId === undefined) return undefined;
  try {
    const { object } = await cdp.send('DOM.resolveNode', { backendNodeId: backendDOMNodeId, executionContextId });
    if (object.objectId === undefined) return undefined;
    const { result } = await cdp.send('Runtime.callFunctionOn', {
      objectId: object.objectId,
      functionDeclaration: PLACE,
      returnByValue: true,
    });
    return (result.value as Place | null) ?? undefined;
  } catch {
    return undefined; // the node left the page between the two calls: it is not there to be used
  }
}

async function evaluate<T>(cdp: CDPSession, contextId: number, expression: string): Promise<T> {
  const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', { expression, contextId, returnByValue: true });
  if (exceptionDetails)
    throw new SensoriumError('agent.browser', 'the page cannot be read', {
      got: exceptionDetails.exception?.description ?? exceptionDetails.text,
    });
  return result.value as T;
}
