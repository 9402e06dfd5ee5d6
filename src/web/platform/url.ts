// `node:url` of a tab: paths of the tab's disk as file: URLs and back.

import { diskError } from '../disk.js';

/** `file:///a/b` as `/a/b`. */
export function fileURLToPath(url: string | URL): string {
  const { protocol, pathname } = new URL(url);
  if (protocol !== 'file:') throw diskError('ERR_INVALID_URL_SCHEME', String(url));
  return decodeURIComponent(pathname);
}

/** `/a/b` as `file:///a/b`. */
export const pathToFileURL = (path: string): URL => new URL(`file://${encodeURI(path)}`);
