// In place of `util/package.ts` in a browser, where the package does not lie on a disk.

import { SensoriumError } from '../../util/errors.js';

declare const SENSORIUM_VERSION: string;

/** The version in package.json, as the bundle was made with it. */
export const packageVersion = (): string => SENSORIUM_VERSION;

/** There is no such folder. */
export function packageRoot(): never {
  throw new SensoriumError('web.here', "the package's own files are not there in a browser");
}
