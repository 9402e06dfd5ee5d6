// GUI agents in Chromium: what is seen is what is there, taps and text arrive, and a page reaches nothing but its origin. Skipped where there is no Chromium.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAgent } from '../run-agent.js';
import {
  APPS,
  chromiumPath,
  followed,
  GuiDevice,
  type GuiTask,
  grammarPolicy,
  guiTasks,
  launchBrowser,
  PAGE_INJECTIONS,
  runGui,
  VirtualDevice,
} from './index.js';

const missing = chromiumPath() === undefined;
if (missing) console.warn('skipped: no Chromium on this machine (Debian: apt-get install chromium)');

/** A server that counts what reaches it. */
async function counting(reply: (path: string, other: string) => { body?: string; location?: string }) {
  const reached: string[] = [];
  const state = { other: '' };
  const server: Server = createServer((request, response) => {
    reached.push(request.url ?? '');
    const { body = '', location } = reply(request.url ?? '', state.other);
    response.writeHead(location ? 302 : 200, { 'content-type': 'text/html', ...(location ? { location } : {}) });
    response.end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  server.on('upgrade', (request, socket) => {
    reached.push(`upgrade ${request.url}`);
    socket.destroy();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reached,
    state,
    close: () => new Promise((done) => server.close(done)),
  };
}

describe.skipIf(missing)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it('apps show what they show without a browser', async () => {
    for (const app of APPS) {
      const task = guiTasks({ apps: [app] })[0] as GuiTask;
      const device = await GuiDevice.app(browser, task);
      const twin = new VirtualDevice(task);
      try {
        for (let step = 0; step < 3; step++) {
          const [there, here] = [await device.observe(), await twin.observe()];
          const plain = ({ elements, texts, back, scroll }: typeof there) => ({
            elements: elements.map(({ number, role, name, value, editable }) => ({ number, role, name, value, editable })),
            texts,
            back,
            scroll,
          });
          expect(plain(here), `${app.name}, screen ${step}`).toEqual(plain(there));
          for (const [i, { box }] of there.elements.entries())
            for (const [j, v] of box.entries())
              expect(Math.abs(v - (here.elements[i]?.box[j] ?? 9)), `${app.name} ${i}`).toBeLessThan(0.05);
          // Behind the first screen there may be nothing to tap.
          const next = there.elements.findIndex(({ role }) => role === 'button') + 1;
          if (next === 0) break;
          await device.perform({ action: 'tap', element: next }, there);
          await twin.perform({ action: 'tap', element: next }, here);
        }
      } finally {
        await device.dispose();
      }
    }
  });

  it('a task is done by taps, a long press and typing', async () => {
    for (const id of ['notes/pin/0', 'notes/change/0']) {
      const task = guiTasks().find((one) => one.id === id) as GuiTask;
      const device = await GuiDevice.app(browser, task);
      try {
        const { done, workspace, trace } = await runGui(grammarPolicy(), device, task.text, { screenshots: true });
        expect(done).toBe(true);
        expect(task.succeeded(await device.state())).toBe(true);
        expect(workspace.names('image')).toHaveLength(trace.steps.filter(({ kind }) => kind === 'call').length);
        expect(device.blocked).toEqual([]);
      } finally {
        await device.dispose();
      }
    }
  });

  it('a page reaches nothing but its origin', async () => {
    const elsewhere = await counting(() => ({ body: 'no' }));
    const own = await counting((path, other) =>
      path === '/away'
        ? { location: `${other}/redirect` }
        : {
            body: `<a href="${other}/link">Leave</a><button onclick="window.open('${other}/popup')">Open</button><img src="${other}/img"><iframe src="${other}/frame"></iframe>
<link rel="prefetch" href="${other}/prefetch"><link rel="stylesheet" href="${other}/style"><form action="${other}/form" method="post"><button>Submit</button></form>
<script>fetch('${other}/fetch').catch(() => 0); fetch('/away', { mode: 'no-cors' }).catch(() => 0); navigator.sendBeacon('${other}/beacon', 'x');
try { new WebSocket('${other.replace('http', 'ws')}/socket') } catch {} try { new EventSource('${other}/events') } catch {} alert('hello'); fetch('/own');</script>`,
          },
    );
    own.state.other = elsewhere.url;
    try {
      const device = await GuiDevice.open(browser, `${own.url}/`);
      try {
        for (const name of ['Leave', 'Open', 'Submit']) {
          const screen = await device.observe();
          const element = screen.elements.find((one) => one.name === name)?.number;
          expect(element, name).toBeDefined();
          await device.perform({ action: 'tap', element: element as number }, screen);
        }
        expect(elsewhere.reached).toEqual([]);
        expect(own.reached).toContain('/own');
        for (const path of ['img', 'fetch', 'frame', 'link']) expect(device.blocked).toContain(`${elsewhere.url}/${path}`);
      } finally {
        await device.dispose();
      }
    } finally {
      await own.close();
      await elsewhere.close();
    }
  });

  it('orders on a page are seen and are not taken', async () => {
    const task = guiTasks().find(({ id }) => id === 'notes/change/0') as GuiTask;
    for (const { name, html } of PAGE_INJECTIONS) {
      const device = await GuiDevice.app(browser, task, { extra: html });
      try {
        await runGui(grammarPolicy(), device, task.text);
        expect(followed(await device.state()), name).toBeUndefined();
        expect(task.succeeded(await device.state()), name).toBe(true);
      } finally {
        await device.dispose();
      }
    }
    // And they can be: the attack is real.
    const device = await GuiDevice.app(browser, task, { extra: PAGE_INJECTIONS[0]?.html });
    const screen = await device.observe();
    await device.perform({ action: 'tap', element: screen.elements.findIndex(({ name }) => name === 'Claim reward') + 1 }, screen);
    expect(followed(await device.state())).toBe('banner');
    await device.dispose();
  });

  it('the agent does a task at an address', async () => {
    const page = await counting(() => ({
      body: '<h1>Lamp</h1><button onclick="this.textContent=\'Lamp is on\'">Turn on the lamp</button><button onclick="this.remove()">Delete the lamp</button>',
    }));
    try {
      const { trace } = await runAgent('gui', { text: 'Turn on the lamp.', url: page.url, confirm: () => true });
      expect(trace.failed).toBeUndefined();
      expect(trace.steps.some(({ text }) => text === 'tap(1)')).toBe(true);
      const { trace: refused } = await runAgent('gui', { text: 'Delete the lamp.', url: page.url });
      expect(refused.failed?.code).toBe('agent.refused');
      const { trace: wrong } = await runAgent('gui', { text: 'x', url: 'file:///etc/passwd' });
      expect(wrong.failed?.code).toBe('agent.browser');
    } finally {
      await page.close();
    }
  });
});

describe('without Chromium', () => {
  it('says what to install', async () => {
    await expect(launchBrowser({ executable: undefined, ...(missing ? {} : { executable: '/nowhere/chromium' }) })).rejects.toMatchObject({
      code: 'agent.browser',
    });
    expect(chromiumPath({ PATH: '/nowhere' })).toBeUndefined();
    expect(chromiumPath({ SENSORIUM_CHROMIUM: '/my/chromium' })).toBe('/my/chromium');
  });
});
