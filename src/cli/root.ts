// Where the package lies, its version, and how a model named on the command line is found.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SensoriumError } from '../util/errors.js';

let found: string | undefined;

/** The folder of Sensorium's package.json: sources and build lie at different depths below it. */
export function packageRoot(): string {
  if (found !== undefined) return found;
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    const manifest = join(dir, 'package.json');
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'sensorium') {
      found = dir;
      return dir;
    }
    if (dirname(dir) === dir)
      throw new SensoriumError('cli.root', 'package.json of sensorium is missing', {
        place: fileURLToPath(import.meta.url),
        hint: 'Install the package again',
      });
  }
}

/** The version in package.json. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

/** The model that answers when none is named. */
export const DEFAULT_MODEL = 'models/sensorium-tiny';

/** A model named on the command line: a path from here, else one that ships with the package (`models/…` or its bare name), else as given. */
export function locateModel(name: string): string {
  if (isAbsolute(name) || existsSync(name)) return name;
  for (const candidate of [join(packageRoot(), name), join(packageRoot(), 'models', name)]) {
    const inside = !relative(packageRoot(), resolve(candidate)).startsWith('..');
    if (inside && existsSync(candidate)) return candidate;
  }
  return name;
}
