// `node:worker_threads` of a tab: there are none. Everything runs in the one worker that Sensorium has, as with SENSORIUM_WORKERS=0.

import { diskError } from '../disk.js';

export const isMainThread = true;
export const threadId = 0;
export const workerData = null;
export const parentPort = null;

/** Is never made, since no job asks for a thread. */
export class Worker {
  constructor() {
    throw diskError('ENOSYS', 'worker_threads');
  }
}
