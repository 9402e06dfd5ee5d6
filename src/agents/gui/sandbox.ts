// The sandbox of a page: one origin, whatever the page tries. Two walls: requests are intercepted, and what is not goes to a proxy that is not there.

import type { Browser, BrowserContext } from 'playwright-core';

/** What a page may reach. */
export interface SandboxOptions {
  /** The origin of the task, such as `http://localhost:3000`. */
  origin: string;
  /** Where pages are served from memory: path and query to HTML. Nothing is then fetched at all. */
  serve?: (path: string) => string | undefined;
  /** CSS pixels. */
  width: number;
  height: number;
}

/** A context, and what its pages tried to reach in vain. */
export interface Sandbox {
  context: BrowserContext;
  /** URLs, each once, without their queries; at most 100. */
  blocked: string[];
}

/** A port on which nothing listens: the discard port, which browsers and systems keep free. */
const NOWHERE = 'http://127.0.0.1:9';

/**
 * A context of its own: no cookies of others, no downloads, no service workers, no permissions, no pop-ups, dialogs dismissed. Requests and
 * web sockets to other origins are refused, also behind a redirect. What a browser fetches beside that finds no proxy.
 */
export async function openSandbox(browser: Browser, { origin, serve, width, height }: SandboxOptions): Promise<Sandbox> {
  const { host } = new URL(origin);
  const blocked: string[] = [];
  const refuse = (url: string): void => {
    const short = url.split(/[?#]/)[0]?.slice(0, 200) ?? '';
    if (blocked.length < 100 && !blocked.includes(short)) blocked.push(short);
  };
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: 1,
    acceptDownloads: false,
    serviceWorkers: 'block',
    permissions: [],
    locale: 'en-US',
    reducedMotion: 'reduce',
    // Without `<-loopback>` Chromium would pass by the proxy for every address of this machine.
    proxy: { server: NOWHERE, bypass: serve ? '<-loopback>' : `<-loopback>,${host}` },
  });
  await context.route('**/*', async (route) => {
    const url = route.request().url();
    if (!URL.canParse(url) || new URL(url).origin !== origin) {
      refuse(url);
      // Nothing to show: the page stays, where a failed navigation would leave an error in its place.
      if (route.request().isNavigationRequest()) return route.fulfill({ status: 204 });
      return route.abort('blockedbyclient');
    }
    if (!serve) return route.continue();
    const { pathname, search } = new URL(url);
    const body = serve(pathname + search);
    return body === undefined ? route.fulfill({ status: 404, body: '' }) : route.fulfill({ contentType: 'text/html; charset=utf-8', body });
  });
  await context.routeWebSocket(/.*/, (socket) => {
    const url = socket.url();
    if (!serve && url.replace(/^ws/, 'http').startsWith(`${origin}/`)) socket.connectToServer();
    else {
      refuse(url);
      void socket.close();
    }
  });
  context.on('dialog', (dialog) => void dialog.dismiss().catch(() => undefined)); // gone with its page
  context.on('page', (page) => {
    // The first page is ours; others are pop-ups.
    if (context.pages().length > 1) void page.close().catch(() => undefined); // it may close itself first
  });
  return { context, blocked };
}
