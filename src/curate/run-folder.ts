// The folder of a run: its options, the decision about every row, and how far it is, so that a run that was killed goes on where it stood.

import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SensoriumError } from '../util/errors.js';
import { acquireLock, type FolderLock, readJson, writeAtomic } from '../util/fs.js';
import { errno } from '../util/io.js';
import { PartFile, type SinkState } from './sinks/sink.js';

/** The folder of what a run needs to go on. */
export const STATE_FOLDER = '.curate';
/** One line for every row. */
export const DECISIONS = 'decisions.jsonl';
/** The result. */
export const REPORT = 'report.json';

/** Where the next block begins. */
export interface Position {
  unit: number;
  row: number;
  /** Rows of all units before it. */
  ordinal: number;
}

/** How far a run is. */
export interface RunState {
  next: Position;
  /** Bytes of the decisions that belong to it. */
  log: number;
  sink: SinkState;
  done?: boolean;
}

/** A decision about a row. */
export interface Decision {
  id: string;
  file: string;
  row: number;
  kept: boolean;
  /** Reasons in the order of the filters: the first, or all of them. */
  why?: readonly { filter: string; why: string }[];
  caption?: string;
  /** Width and height. */
  size?: readonly [number, number];
  clip?: number;
  phash?: string;
}

/** How a folder is opened. */
export interface FolderOptions {
  /** What makes a run what it is; a run is resumed with the same only. */
  identity: Readonly<Record<string, unknown>>;
  resume?: boolean;
  force?: boolean;
}

/** A folder that this process writes to. */
export class RunFolder {
  private constructor(
    readonly dir: string,
    private readonly lock: FolderLock,
    /** Missing where the run is over. */
    private readonly log: PartFile | undefined,
    /** Where an earlier run stopped. */
    readonly state: RunState | undefined,
  ) {}

  /**
   * Takes a folder, new or of a run that is resumed. Errors: `data.exists` for one that holds something, `curate.resume` where another run
   * was there, `util.locked`.
   */
  static async open(dir: string, { identity, resume = false, force = false }: FolderOptions): Promise<RunFolder> {
    const names = (await readdir(dir).catch((error: unknown) => {
      if (errno(error) === 'ENOENT') return [];
      if (errno(error) === 'ENOTDIR') throw exists(dir, 'a file', 'Choose another path');
      throw error;
    })) as string[];
    const isRun = names.includes(STATE_FOLDER);
    const others = names.filter((name) => !name.startsWith('.lock'));
    if (others.length > 0 && !isRun) throw exists(dir, others.slice(0, 3).join(', '), 'Choose an empty folder');
    if (isRun && !resume && !force) throw exists(dir, 'another run', 'Go on with --resume, or replace it with --force');
    const lock = await acquireLock(dir);
    try {
      if (isRun && force && !resume) for (const name of others) await rm(join(dir, name), { recursive: true, force: true });
      const file = join(dir, STATE_FOLDER, 'options.json');
      const known = isRun && resume ? await readJson<Record<string, unknown>>(file) : undefined;
      if (known) checkSame(known, identity, dir);
      else {
        await mkdir(join(dir, STATE_FOLDER), { recursive: true });
        await writeAtomic(file, `${JSON.stringify(identity, null, 2)}\n`);
      }
      const state = known ? await readState(dir) : undefined;
      const log = state?.done ? undefined : await PartFile.open(join(dir, DECISIONS), state?.log ?? 0);
      return new RunFolder(dir, lock, log, state);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** The decisions of the earlier run, in order. */
  async *decisions(): AsyncGenerator<Decision> {
    if ((this.state?.log ?? 0) === 0) return;
    const input = createReadStream(join(this.dir, `${DECISIONS}.part`));
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) yield JSON.parse(line) as Decision;
  }

  /** Adds decisions. */
  async write(decisions: readonly Decision[]): Promise<void> {
    await this.open.append(Buffer.from(decisions.map((decision) => `${JSON.stringify(decision)}\n`).join('')));
  }

  /** Notes how far the run is: from now on it goes on from there. */
  async save(next: Position, sink: SinkState): Promise<void> {
    await this.open.sync();
    await writeAtomic(join(this.dir, STATE_FOLDER, 'state.json'), JSON.stringify({ next, log: this.open.bytes, sink }));
  }

  /** Notes that the run is over. */
  async finish(report: object): Promise<void> {
    const log = this.open;
    await log.complete();
    await writeAtomic(join(this.dir, REPORT), `${JSON.stringify(report, null, 2)}\n`);
    const state: RunState = { next: { unit: 0, row: 0, ordinal: 0 }, log: log.bytes, sink: {}, done: true };
    await writeAtomic(join(this.dir, STATE_FOLDER, 'state.json'), JSON.stringify(state));
  }

  /** Closes what is open and gives the folder back. */
  async close(): Promise<void> {
    await this.log?.close();
    await this.lock.release();
  }

  private get open(): PartFile {
    if (!this.log) throw new SensoriumError('curate.resume', 'the run in this folder is over', { place: this.dir });
    return this.log;
  }
}

async function readState(dir: string): Promise<RunState | undefined> {
  try {
    return await readJson<RunState>(join(dir, STATE_FOLDER, 'state.json'));
  } catch (error) {
    if (error instanceof SensoriumError && error.code === 'util.missing') return undefined; // it was stopped before its first place
    throw error;
  }
}

/** Throws `curate.resume` for a run that was begun with other options, naming the first. */
export function checkSame(known: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>, dir: string): void {
  for (const key of new Set([...Object.keys(known), ...Object.keys(now)])) {
    const [before, after] = [JSON.stringify(known[key]), JSON.stringify(now[key])];
    if (before !== after)
      throw new SensoriumError('curate.resume', 'the run in this folder had other options', {
        place: `${dir}: ${key}`,
        expected: before ?? 'nothing',
        got: after ?? 'nothing',
        hint: 'Give the same options as before, or begin anew with --force',
      });
  }
}

/** `data.exists` for the folder of an output that holds something. */
export const exists = (place: string, got: string, hint: string): SensoriumError =>
  new SensoriumError('data.exists', 'the folder of the output is not empty', { place, got, hint });
