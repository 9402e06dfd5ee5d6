// Chromium through playwright-core, which is optional: found on this machine, started without a network, one sandboxed page for each task.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { SensoriumError } from '../../util/errors.js';

/** How Chromium is started. */
export interface BrowserOptions {
  /** Its program. Default: `SENSORIUM_CHROMIUM`, else `chromium`, `chromium-browser`, `google-chrome` or `chrome` of the path. */
  executable?: string;
  /** Chromium's own sandbox, which it refuses to root. Default: on, for all but root. */
  sandbox?: boolean;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

/** The program of a Chromium on this machine; undefined where there is none. */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.SENSORIUM_CHROMIUM) return env.SENSORIUM_CHROMIUM;
  for (const name of NAMES)
    for (const dir of (env.PATH ?? '').split(delimiter)) if (dir !== '' && isProgram(join(dir, name))) return join(dir, name);
  return undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // absent, or not ours to run: the next one is tried
  }
}

/** Starts Chromium without a window. All it fetches goes to a proxy that is not there, but for origins that a page's sandbox allows. Errors: `agent.browser`. */
export async function launchBrowser({
  executable = chromiumPath(),
  sandbox = process.getuid?.() !== 0,
}: BrowserOptions = {}): Promise<Browser> {
  if (executable === undefined)
    throw new SensoriumError('agent.browser', 'there is no Chromium on this machine', {
      expected: `${NAMES.join(', ')} on the path, or its path in SENSORIUM_CHROMIUM`,
      hint: 'Debian and Ubuntu: apt-get install chromium (from a checkout: node scripts/chromium.mjs)',
    });
  const { chromium } = await playwright();
  try {
    return await chromium.launch({
      executablePath: executable,
      headless: true,
      chromiumSandbox: sandbox,
      args: [
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-dev-shm-usage',
        '--disable-gpu',
        '--disable-quic',
        '--dns-prefetch-disable',
        '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
        '--no-first-run',
        '--no-pings',
      ],
    });
  } catch (cause) {
    throw new SensoriumError('agent.browser', 'Chromium does not start', {
      place: executable,
      got: (cause as Error).message.split('\n')[0],
      hint: 'Run it by hand to see why: chromium --headless --dump-dom about:blank',
      cause,
    });
  }
}

async function playwright(): Promise<typeof import('playwright-core')> {
  try {
    return await import('playwright-core');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new SensoriumError('agent.browser', 'the package that drives Chromium is not installed', {
      expected: 'playwright-core',
      hint: 'Run: npm install playwright-core',
      cause,
    });
  }
}
