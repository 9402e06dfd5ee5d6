// Fine-tuning in a tab: pictures and their names as conversations, through the stage and the loop that Node has, in a folder that is kept.

import type { Conversation, Dataset } from '../data/index.js';
import { languageModel, type Model } from '../model/index.js';
import type { Runtime } from '../runtime/runtime.js';
import type { LoggedEvent } from '../train/events.js';
import { type PreparedSft, prepareSft, runSft, sftLearningRate } from '../train/sft.js';
import { SensoriumError } from '../util/errors.js';
import { readJson, writeAtomic } from '../util/fs.js';
import { mapIoError } from '../util/io.js';
import { DiskFile, disk } from './disk.js';
import type { KeptRun, TeachEvent, TeachSettings, WirePicture } from './protocol.js';
import { hashOf, removeVolume, Volume, volumeNames } from './volume.js';

/** What is asked about each picture. */
const QUESTION = 'What is in the picture?';
const PREFIX = 'run-';
const RUN_FILE = 'teach.json';

/** Settings with all defaults but that of the learning rate, which depends on the model. */
type Settings = Required<Omit<TeachSettings, 'lr'>> & Pick<TeachSettings, 'lr'>;

/** `teach.json`: what a run was begun with. */
interface RunFile {
  /** Folder of the model, whose name has the hash of its files. */
  model: string;
  names: string[];
  settings: Settings;
}

/** Where runs are, and what they compute with. */
export interface TeachPlace {
  dir: string;
  runtime: Runtime;
  kept: FileSystemDirectoryHandle | undefined;
}

/** What training came to. */
export interface TaughtModel {
  model: Model;
  /** Folder of the adapter. */
  adapter: string;
  steps: number;
  seconds: number;
  loss: { first: number; last: number };
}

function settingsOf(given: TeachSettings): Settings {
  const settings = { steps: 60, batch: 4, rank: 8, question: QUESTION, checkpointEvery: 10, seed: 0, ...given };
  for (const [key, most] of [
    ['steps', 100_000],
    ['batch', 256],
    ['rank', 256],
    ['checkpointEvery', 100_000],
  ] as const) {
    const value = settings[key];
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new SensoriumError('web.option', `option '${key}' has a value that is out of range`, {
        expected: `a whole number from 1 to ${most}`,
        got: String(value),
      });
  }
  return settings;
}

/** Throws `web.picture` for pictures without names, or none. */
function checkPictures(pictures: readonly WirePicture[]): void {
  if (pictures.length === 0)
    throw new SensoriumError('web.picture', 'there is nothing to learn from', { expected: 'at least one picture with a name' });
  for (const [i, { name, bytes }] of pictures.entries())
    if (name.trim() === '' || bytes.length === 0)
      throw new SensoriumError('web.picture', 'a picture has no name, or no content', { place: `picture ${i + 1}`, expected: 'a name' });
}

/** The run of these pictures and settings on this model: begun, or resumed where it stopped. Errors: `web.picture`, `web.option`, `util.full`, `util.locked`, `train.*`, `media.*`. */
export async function teach(
  place: TeachPlace,
  o: { pictures: readonly WirePicture[]; settings?: TeachSettings },
  run: { signal?: AbortSignal; onEvent?: (event: TeachEvent) => void },
): Promise<TaughtModel> {
  checkPictures(o.pictures);
  const settings = settingsOf(o.settings ?? {});
  const hashes: string[] = [];
  for (const { bytes } of o.pictures) hashes.push(await hashOf(new DiskFile(bytes)));
  const file: RunFile = { model: place.dir, names: o.pictures.map(({ name }) => name.trim()), settings };
  const id = (await hashOf(new DiskFile(new TextEncoder().encode(JSON.stringify({ file, hashes }))))).slice(0, 24);
  const dir = `/runs/${PREFIX}${id}`;
  disk.makeFolder(dir);
  const opened = place.kept && (await Volume.open(disk, { kept: place.kept, name: `${PREFIX}${id}`, path: dir }));
  try {
    for (const [i, { bytes }] of o.pictures.entries()) await writeAtomic(`${dir}/pictures/${i}`, bytes);
    await writeAtomic(`${dir}/${RUN_FILE}`, JSON.stringify(file));
    return await train(place, { dir, settings, data: picturesOf(o.pictures, { question: settings.question, hashes }) }, run);
  } catch (error) {
    throw goesOn(mapIoError(error, dir), opened !== undefined);
  } finally {
    await opened?.volume.close();
  }
}

/** An error of ONNX Runtime, such as that of an adapter that was lost, with what is to be done about it. */
function goesOn(error: unknown, isKept: boolean): unknown {
  if (!(error instanceof SensoriumError) || error.code !== 'runtime.ort' || !isKept) return error;
  const { code, summary, place, got } = error;
  const hint =
    "What was learned until the last checkpoint is kept: load the model again, with device 'wasm' if need be, and teach it the same";
  return new SensoriumError(code, summary, { place, got, hint, cause: error });
}

/** Each picture as a conversation: the question about it, and its name. */
function picturesOf(
  pictures: readonly WirePicture[],
  { question, hashes }: { question: string; hashes: readonly string[] },
): Dataset<Conversation> {
  return {
    length: pictures.length,
    describe: { pictures: hashes.map((hash, i) => `${hash.slice(0, 16)} ${pictures[i]?.name}`), question },
    at: (row) => ({ file: 'pictures', row }),
    async get(row) {
      const { bytes, name } = pictures[row] as WirePicture;
      return {
        id: String(row),
        at: { file: 'pictures', row },
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', source: bytes, origin: { key: `picture ${row + 1}` } },
              { type: 'text', text: question },
            ],
          },
          { role: 'assistant', content: name.trim() },
        ],
      };
    },
  };
}

async function train(
  { dir: base, runtime }: TeachPlace,
  { dir, settings, data }: { dir: string; settings: Settings; data: Dataset<Conversation> },
  { signal, onEvent }: { signal?: AbortSignal; onEvent?: (event: TeachEvent) => void },
): Promise<TaughtModel> {
  const { steps, batch, rank, lr, checkpointEvery, seed } = settings;
  const prepared: PreparedSft = await prepareSft(
    {
      model: base,
      lora: rank,
      train: ['adapters', 'connector'],
      epochs: 1,
      batch: Math.min(batch, data.length),
      holdout: 0,
      skipBad: false,
      seed,
      options: { steps, lr, checkpointEvery, logEvery: 1, blindEvery: 0 },
    },
    data,
    { signal },
  );
  const listen = (event: LoggedEvent): void => {
    const told = eventOf(event);
    if (told) onEvent?.(told);
  };
  const { state, saved, seconds, summaries } = await runSft(prepared, { dir, resume: true, runtime, signal, onEvent: listen });
  await disk.sync(dir);
  const { loss } = summaries.at(-1) as (typeof summaries)[number];
  return { model: state.trained(), adapter: saved, steps, seconds, loss };
}

/** What a page is told of an event of the run. */
function eventOf(event: LoggedEvent): TeachEvent | undefined {
  switch (event.type) {
    case 'step': {
      const { step, steps, loss, lr, milliseconds, etaSeconds } = event;
      return { type: 'step', step, steps, loss, lr, milliseconds, etaSeconds };
    }
    case 'resume':
    case 'checkpoint':
      return { type: event.type, step: event.step };
    case 'warning':
      return { type: 'warning', code: event.code, message: event.message };
    default:
      return undefined;
  }
}

/** The learning rate where nothing is said, as `sensorium sft` has it. */
export const learningRateOf = ({ network }: Model): number =>
  sftLearningRate((languageModel(network) as unknown as { width: number }).width, true);

/** Runs on this model that are kept, with how far they have come; those that another tab has open are left out. */
export async function keptRuns({ dir, kept }: Pick<TeachPlace, 'dir' | 'kept'>): Promise<KeptRun[]> {
  const runs: KeptRun[] = [];
  for (const name of kept ? await volumeNames(kept) : []) {
    if (!name.startsWith(PREFIX)) continue;
    const found = await withRun(kept as FileSystemDirectoryHandle, name, async (path) => readRun(path, dir)).catch((error: unknown) => {
      if (error instanceof SensoriumError && error.code === 'util.locked') return undefined;
      throw error;
    });
    if (found) runs.push({ id: name.slice(PREFIX.length), ...found });
  }
  return runs;
}

/** A kept run, to go on with it. Errors: `web.option` for one that is not there. */
export async function keptRun({ dir, kept }: Pick<TeachPlace, 'dir' | 'kept'>, id: string): Promise<KeptRun> {
  const run = (await keptRuns({ dir, kept })).find((r) => r.id === id);
  if (run) return run;
  throw new SensoriumError('web.option', 'there is no such run of this model', { got: id });
}

/** Removes a run. */
export async function forgetRun(kept: FileSystemDirectoryHandle | undefined, id: string): Promise<void> {
  if (!kept || !/^[0-9a-f]+$/.test(id)) throw new SensoriumError('web.option', 'there is no such run', { got: id });
  await removeVolume(kept, `${PREFIX}${id}`);
  if (disk.find(`/runs/${PREFIX}${id}`)) disk.remove(`/runs/${PREFIX}${id}`);
}

async function withRun<T>(kept: FileSystemDirectoryHandle, name: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = `/runs/${name}`;
  const { volume } = await Volume.open(disk, { kept, name, path });
  try {
    return await use(path);
  } finally {
    await volume.close();
  }
}

async function readRun(path: string, model: string): Promise<Omit<KeptRun, 'id'> | undefined> {
  if (disk.find(`${path}/${RUN_FILE}`)?.kind !== 'file') return undefined; // closed before anything was kept
  const file = await readJson<RunFile>(`${path}/${RUN_FILE}`);
  if (file.model !== model) return undefined;
  const pictures: WirePicture[] = [];
  for (const [i, name] of file.names.entries()) {
    const picture = disk.find(`${path}/pictures/${i}`);
    if (picture?.kind !== 'file') return undefined;
    pictures.push({ name, bytes: await picture.slice() });
  }
  const checkpoints = disk.find(`${path}/checkpoints`);
  const steps = checkpoints?.kind === 'folder' ? [...checkpoints.entries.keys()].map((n) => Number(/-(\d{8})$/.exec(n)?.[1] ?? 0)) : [];
  return { pictures, settings: file.settings, step: Math.max(0, ...steps) };
}
