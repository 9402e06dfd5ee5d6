// A page as a device: look, act, and for our own apps read the state. Taps, typing and scrolling are real input events at coordinates.

import type { Browser, CDPSession, Page } from 'playwright-core';
import { decodeImage, type RgbImage } from '../../media/image.js';
import { SensoriumError } from '../../util/errors.js';
import type { GuiAction } from './actions.js';
import { appPage, type GuiTask } from './apps/index.js';
import { observe } from './observe.js';
import { openSandbox, type Sandbox } from './sandbox.js';
import { centerOf, elementOf, type Screen } from './screen.js';

/** Size of a screen in CSS pixels. */
export interface ScreenSize {
  width?: number;
  height?: number;
}

/** What agents act on: a page in Chromium, or an app without a browser. */
export interface Device {
  /** What the page tried to reach beside its origin. */
  readonly blocked: readonly string[];
  /** What is on the screen now. */
  observe(): Promise<Screen>;
  /** The pixels of the screen. */
  screenshot(): Promise<RgbImage>;
  /** Takes an action on the screen that was observed last. */
  perform(action: GuiAction, screen: Screen): Promise<void>;
  /** The state of one of our apps. */
  state(): Promise<unknown>;
  dispose(): Promise<void>;
}

/** An app in a state. */
export type AppAt = Pick<GuiTask, 'app' | 'state'>;

/** Where the apps of the benchmark are served from memory. The name is one that no network has. */
export const APP_ORIGIN = 'http://app.sensorium.test/';

/** A page that is used by an agent. */
export class GuiDevice implements Device {
  /** Screens that were gone through since the first, as far as the browser's history tells. */
  private constructor(
    private readonly page: Page,
    private readonly cdp: CDPSession,
    private readonly sandbox: Sandbox,
    private first: number,
  ) {}

  /** Opens a task's app, served from memory. `extra`: HTML put before it, as an attacker's would be. Errors: `agent.browser`. */
  static app(browser: Browser, task: AppAt, o: ScreenSize & { extra?: string } = {}): Promise<GuiDevice> {
    const page = appPage(task.app, task.state, o.extra);
    return GuiDevice.open(browser, APP_ORIGIN, { ...o, serve: (path) => (path === '/' ? page : undefined) });
  }

  /** Opens a page; nothing but its origin is reached. Errors: `agent.browser` for an address that is not one of a page, and a page that does not open. */
  static async open(
    browser: Browser,
    url: string,
    o: ScreenSize & { serve?: (path: string) => string | undefined } = {},
  ): Promise<GuiDevice> {
    const { width = 400, height = 640, serve } = o;
    const at = URL.canParse(url) ? new URL(url) : undefined;
    if (!at || !/^https?:$/.test(at.protocol))
      throw new SensoriumError('agent.browser', 'this is not the address of a page', {
        place: 'url',
        expected: 'http://… or https://…',
        got: url,
      });
    const sandbox = await openSandbox(browser, { origin: at.origin, serve, width, height });
    try {
      const page = await sandbox.context.newPage();
      page.setDefaultTimeout(30_000);
      await page.goto(url, { waitUntil: 'load' });
      const cdp = await sandbox.context.newCDPSession(page);
      const { currentIndex } = await cdp.send('Page.getNavigationHistory');
      return new GuiDevice(page, cdp, sandbox, currentIndex);
    } catch (cause) {
      await sandbox.context.close();
      throw new SensoriumError('agent.browser', 'the page does not open', {
        place: url,
        got: (cause as Error).message.split('\n')[0],
        cause,
      });
    }
  }

  /** What the page tried to reach beside its origin. */
  get blocked(): readonly string[] {
    return this.sandbox.blocked;
  }

  /** What is on the screen now. */
  async observe(): Promise<Screen> {
    const { currentIndex } = await this.cdp.send('Page.getNavigationHistory');
    return observe(this.page, this.cdp, currentIndex > this.first);
  }

  /** The pixels of the screen. */
  async screenshot(): Promise<RgbImage> {
    return decodeImage(await this.page.screenshot({ type: 'png', animations: 'disabled', caret: 'hide' }));
  }

  /** Takes an action on the screen that was observed last, and waits until the page has drawn. `done` does nothing. */
  async perform(action: GuiAction, screen: Screen): Promise<void> {
    const { mouse, keyboard } = this.page;
    switch (action.action) {
      case 'tap':
      case 'text': {
        const { x, y } = centerOf(elementOf(screen, action.element), screen);
        await mouse.click(x, y);
        if (action.action === 'text') {
          await keyboard.press('ControlOrMeta+A');
          await (action.text === '' ? keyboard.press('Delete') : keyboard.insertText(action.text));
        }
        break;
      }
      case 'long_press': {
        const { x, y } = centerOf(elementOf(screen, action.element), screen);
        await mouse.move(x, y);
        await mouse.down();
        await this.wait(700); // by the page's own clock: its timers of a long press ring before
        await mouse.up();
        break;
      }
      case 'scroll':
        await mouse.move(screen.width / 2, screen.height / 2);
        await mouse.wheel(0, (action.direction === 'down' ? 0.8 : -0.8) * screen.height);
        await this.wait(50);
        break;
      case 'back':
        await this.page.goBack({ waitUntil: 'load' });
        break;
      case 'done':
        return;
    }
    await this.settle();
  }

  /** `window.appState` of one of our apps. */
  async state(): Promise<unknown> {
    const json = (await this.page.evaluate('JSON.stringify(window.appState)')) as string | undefined;
    return json === undefined ? undefined : JSON.parse(json);
  }

  async dispose(): Promise<void> {
    await this.sandbox.context.close();
  }

  private wait(ms: number): Promise<unknown> {
    return this.page.evaluate(`new Promise((done) => setTimeout(done, ${ms}))`);
  }

  /** Until the page is loaded, and has drawn twice. */
  private async settle(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        await this.page.waitForLoadState('load');
        await this.page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
        return;
      } catch (cause) {
        // A page that goes on to another takes its scripts with it.
        if (tries < 3 && /context was destroyed|navigat/i.test((cause as Error).message)) continue;
        throw new SensoriumError('agent.browser', 'the page does not answer', {
          place: this.page.url(),
          got: (cause as Error).message.split('\n')[0],
          cause,
        });
      }
    }
  }
}
