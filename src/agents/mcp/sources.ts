// Files that others may name: only below the folders that they were given, whatever links and `..` say.

import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SensoriumError } from '../../util/errors.js';
import { io } from '../../util/io.js';

/** Whether a path lies in a folder or is it; both without links. */
export function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../') || way.startsWith('..\\') || isAbsolute(way));
}

/**
 * The real path of a file that must lie below one of some folders; a path that is not absolute is looked for below each. Errors: `agent.argument` for a
 * file that is not there or lies elsewhere, in the same words, so that nobody learns what there is.
 */
export async function fileWithin(name: string, roots: readonly string[]): Promise<string> {
  const refuse = (): SensoriumError =>
    new SensoriumError('agent.argument', 'there is no such file that may be read', {
      place: name.slice(0, 200),
      expected: roots.length > 0 ? 'a file below the folders that were allowed' : 'data: no folder was allowed',
      hint: 'Allow a folder with --root',
    });
  const path = name.startsWith('file:') ? fileUrl(name) : name;
  if (path === undefined || path.includes('\0')) throw refuse();
  for (const root of roots) {
    const folder = await io(root, () => realpath(root));
    const found = await realpath(resolve(folder, path)).catch(() => undefined); // not there: the next folder may have it
    if (found !== undefined && isBelow(found, folder)) return found;
  }
  throw refuse();
}

function fileUrl(text: string): string | undefined {
  try {
    return fileURLToPath(text);
  } catch {
    return undefined; // not the address of a file: refused like one that is not there
  }
}
