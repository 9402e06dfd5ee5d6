// In place of modules that only Node has a use for: worker threads, other processes, the hub's cache, drawings of the scene world.

import { soloCommunicator } from '../../runtime/communicator.js';
import { SensoriumError } from '../../util/errors.js';

const notHere = (what: string, hint: string) => (): never => {
  throw new SensoriumError('web.here', `${what} are not there in a browser`, { hint });
};

export const POOL_THREAD = 'none';
/** Of `util/worker-pool.ts`: no job asks for a thread. */
export class WorkerPool {
  constructor() {
    notHere('worker threads', 'Leave SENSORIUM_WORKERS at 0')();
  }
}

/** Of `util/collect.ts`: browsers collect garbage as they see fit. */
export const collectGarbage = (): void => {};

/** Of `runtime/mpi.ts`: a tab is alone. */
export const openCommunicator = async (): Promise<typeof soloCommunicator> => soloCommunicator;
export const openedCommunicator = async (): Promise<undefined> => undefined;

/** Of `weights/hub.ts` and its like: names are folders of the tab's disk. */
export const modelFolder = async (name: string): Promise<string> => name;
export const pullModel = notHere('models of the hub', 'Load from a URL: https://huggingface.co/ORG/NAME/resolve/main');
export const parseHubId = (): undefined => undefined;
export const asPath = (error: unknown): unknown => error;
export const parseHubData = (): undefined => undefined;
export const pullData = notHere('data sets of the hub', 'Give pictures and what is said about them');

/** Of `world/sprites.ts`. */
export const loadSprites = notHere('scenes of the world', 'Train on pictures');

/** Of `media/sound-decoders.ts` and `media/ffmpeg.ts`. */
const noSounds = notHere('sound and video files', 'Give samples ({ samples, rate }) or frames');
export const decodeFlac = noSounds;
export const decodeMp3 = noSounds;
export const decodeOgg = noSounds;
export const runFfmpeg = noSounds;
export const withFile = noSounds;
export const damagedFile = noSounds;
