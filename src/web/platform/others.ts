// What a tab does not have of Node: other programs, packages on disk, a second heap. Whoever asks for it is told so.

import { SensoriumError } from '../../util/errors.js';

const notHere = (what: string) => (): never => {
  throw new SensoriumError('web.here', `${what} are not there in a browser`, { hint: 'Do this in Node' });
};

const absent = notHere('other programs');
export const spawn = absent;
export const spawnSync = absent;
export const execFile = spawn;
export const createRequire = notHere('packages on disk');

/** Equal by value: what JSON has. */
export function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(x);
  return keys.length === Object.keys(y).length && keys.every((key) => key in y && isDeepStrictEqual(x[key], y[key]));
}

/** The text of a value. */
export const inspect = (value: unknown): string => JSON.stringify(value) ?? String(value);

export default {};

/** The base of streams of packages that are bundled but never run. */
export class Transform {
  constructor() {
    spawn();
  }
}
