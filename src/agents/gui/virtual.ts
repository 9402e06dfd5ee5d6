// The apps without a browser: their own page code over a few objects in place of a document, with the layout reckoned. A thousand demonstrations take
// seconds. What it shows is held to what Chromium shows by a test; agents are measured in Chromium.

import { createContext, Script } from 'node:vm';
import type { RgbImage } from '../../media/image.js';
import { SensoriumError } from '../../util/errors.js';
import type { GuiAction } from './actions.js';
import { KIT } from './apps/kit.js';
import type { AppAt, Device } from './device.js';
import { elementOf, plainName, type Screen, type ScreenElement } from './screen.js';

/** As much of an element as the kit uses. */
class Node {
  [key: string]: unknown;
  readonly kids: (Node | string)[] = [];
  readonly attributes: Record<string, string> = {};
  constructor(readonly tag: string) {}
  append(...kids: (Node | string)[]): void {
    this.kids.push(...kids);
  }
  replaceChildren(...kids: (Node | string)[]): void {
    this.kids.splice(0, this.kids.length, ...kids);
  }
  setAttribute(name: string, value: unknown): void {
    this.attributes[name] = String(value);
  }
  get text(): string {
    return this.textContent !== undefined
      ? String(this.textContent)
      : this.kids.map((kid) => (typeof kid === 'string' ? kid : kid.text)).join('');
  }
}

/** Pixels of a block below the one before: the style of the kit at 400 pixels width. */
const HEIGHT = { h1: 39, p: 26, button: 44, label: 77 } as const;

interface Placed {
  node: Node;
  top: number;
  bottom: number;
}

const scripts = new Map<string, Script>();

/** The page code of an app, compiled once. */
function scriptOf({ page }: AppAt['app']): Script {
  const known = scripts.get(page) ?? new Script(`${KIT}\n${page}`);
  scripts.set(page, known);
  return known;
}

/** An app over objects: the same screens, actions and state as in Chromium, without pixels. */
export class VirtualDevice implements Device {
  readonly blocked: readonly string[] = [];
  private readonly main = new Node('main');
  private readonly stack: { state: unknown }[] = [{ state: null }];
  private at = 0;
  private top = 0;
  private focus: string | undefined;
  private timer: (() => void) | undefined;
  private popped: (() => void) | undefined;
  private readonly sandbox: Record<string, unknown>;

  constructor(
    { app, state }: AppAt,
    private readonly width = 400,
    private readonly height = 640,
  ) {
    const data = Object.assign(new Node('script'), { textContent: JSON.stringify(state) });
    const entry = (): { state: unknown } => this.stack[this.at] as { state: unknown };
    this.sandbox = {
      document: {
        head: new Node('head'),
        getElementById: (id: string) => (id === 'data' ? data : this.main),
        createElement: (tag: string) => new Node(tag),
      },
      history: {
        get state() {
          return entry().state;
        },
        pushState: (pushed: unknown) => {
          this.stack.splice(this.at + 1, this.stack.length, { state: pushed });
          this.at++;
          this.focus = undefined;
        },
        replaceState: (put: unknown) => {
          entry().state = put;
        },
        go: (by: number) => this.move(by),
      },
      addEventListener: (_: string, listener: () => void) => {
        this.popped = listener;
      },
      scrollTo: () => {
        this.top = 0;
      },
      setTimeout: (ring: () => void) => {
        this.timer = ring;
      },
      clearTimeout: () => {
        this.timer = undefined;
      },
    };
    this.sandbox.window = this.sandbox;
    createContext(this.sandbox);
    scriptOf(app).runInContext(this.sandbox);
  }

  async observe(): Promise<Screen> {
    const { width, height } = this;
    const placed = this.layout();
    const total = Math.max(height, (placed.at(-1)?.bottom ?? 0) + 12);
    this.top = Math.min(this.top, total - height);
    const { top } = this;
    const seen = placed.filter(({ top: y0, bottom: y1 }) => Math.min(y1 - top, height) - Math.max(y0 - top, 0) >= 2);
    const elements = seen.filter(({ node }) => node.tag === 'button' || node.tag === 'label');
    return {
      url: 'http://app.sensorium.test/',
      title: '',
      width,
      height,
      elements: elements.map(({ node, top: y0, bottom: y1 }, i): ScreenElement => {
        const input = node.tag === 'label' ? (node.kids[1] as Node) : undefined;
        const checked = node.attributes['aria-checked'];
        const value = input ? String(input.value) : checked === undefined ? undefined : checked === 'true' ? 'on' : 'off';
        const name = plainName(input ? String(input.ariaLabel) : (node.attributes['aria-label'] ?? node.text));
        return {
          number: i + 1,
          name,
          role: input ? 'textbox' : (node.attributes.role ?? 'button'),
          ...(value === undefined ? {} : { value }),
          editable: input !== undefined,
          focused: this.focus === name,
          box: [8 / width, Math.max(0, y0 - top) / height, (width - 8) / width, Math.min(height, y1 - top) / height],
        };
      }),
      texts: seen.flatMap(({ node }) =>
        node.tag === 'label' ? [plainName(String(node.kids[0]), 200)] : node.tag === 'button' ? [] : [plainName(node.text, 200)],
      ),
      scroll: { up: this.top > 1, down: total - height - this.top > 1 },
      back: this.at > 0,
    };
  }

  async perform(action: GuiAction, screen: Screen): Promise<void> {
    switch (action.action) {
      case 'scroll':
        this.top = Math.max(0, this.top + (action.direction === 'down' ? 0.8 : -0.8) * this.height);
        return;
      case 'back':
        return this.move(-1);
      case 'done':
        return;
    }
    const { name } = elementOf(screen, action.element);
    const node = this.nodeOf(screen, action.element);
    const call = (handler: string, event?: unknown): void => (node[handler] as ((event?: unknown) => void) | undefined)?.(event);
    if (node.tag === 'label') {
      this.focus = name;
      const input = node.kids[1] as Node;
      if (action.action === 'text') {
        input.value = action.text;
        (input.oninput as (event: unknown) => void)({ target: { value: action.text } });
      }
      return;
    }
    call('onpointerdown');
    if (action.action === 'long_press') this.timer?.();
    call('onpointerup');
    call('onclick');
  }

  async state(): Promise<unknown> {
    return JSON.parse(JSON.stringify(this.sandbox.appState));
  }

  screenshot(): Promise<RgbImage> {
    throw new SensoriumError('agent.browser', 'an app without a browser has no pixels', { expected: 'an app in Chromium' });
  }

  async dispose(): Promise<void> {}

  private move(by: number): void {
    this.at = Math.max(0, this.at + by);
    this.focus = undefined;
    this.popped?.();
  }

  /** Blocks from top to bottom, in pixels of the whole page. */
  private layout(): Placed[] {
    let y = 8;
    return this.main.kids.map((kid) => {
      const node = kid as Node;
      const height = HEIGHT[node.tag as keyof typeof HEIGHT] ?? 0;
      const placed = { node, top: y + 4, bottom: y + height };
      y += height;
      return placed;
    });
  }

  private nodeOf(screen: Screen, number: number): Node {
    const { box } = elementOf(screen, number);
    const y = ((box[1] + box[3]) / 2) * this.height + this.top;
    return (this.layout().find(({ top, bottom }) => top <= y && y <= bottom) as Placed).node;
  }
}
