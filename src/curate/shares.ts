// A run in shares that workers take from a queue on Redis: each share is a folder of its own, in which whoever takes it goes on where it stands.

import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { contentKey } from '../evaluate/replies/content.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { readJson, writeAtomic } from '../util/fs.js';
import { io } from '../util/io.js';
import { type JobWorker, type JobWorkerOptions, openJobQueue, startJobWorker } from '../util/job-queue.js';
import { packageVersion } from '../util/package.js';
import { assertCuratable, curate } from './curate.js';
import { type CurateOptions, type CurateReport, curateIdentity } from './options.js';
import { checkSame, exists, REPORT } from './run-folder.js';
import { openUnits } from './source.js';

/** Most shares of a run. */
export const MOST_SHARES = 10_000;
const SHARES = 'shares.json';
/** How often, in milliseconds, and how long a worker waits for the folder of a share that another process has not given back. */
const LOOK = 250;
const PATIENCE = 120_000;

/** A job: which share of how many. Everything else is the worker's own. */
interface ShareJob {
  index: number;
  count: number;
}

/** How a run is shared. `out` must be a folder that all machines have under the same name, as the data. */
export interface SharedOptions {
  /** Of the Redis server. */
  redis: string;
  shares: number;
  /** Told when nobody works on it yet. */
  onIdle?: () => void;
  onShare?: (done: number, total: number, kept: number) => void;
}

/** What a run is, whoever does a part of it. */
async function identityOf(path: string, options: CurateOptions): Promise<Record<string, unknown>> {
  const { signal, format } = options;
  const source = await openUnits(path, { format, signal });
  return { ...curateIdentity(path, source, options), version: packageVersion(), out: resolve(options.out) };
}

const queueName = (identity: Record<string, unknown>): string => `curate-${contentKey(identity).slice(0, 22)}`;
const shareFolder = (out: string, { index, count }: ShareJob): string => join(out, `${index + 1}-of-${count}`);

const failed = (name: string, cause: Error): SensoriumError =>
  new SensoriumError('curate.worker', 'a worker could not do its share', {
    place: `queue ${name}`,
    got: cause.message,
    hint: 'See what the worker says; then run again with --resume',
    cause,
  });

/**
 * Filters a data set by workers (`startShareWorker`), which take its shares from a queue, into `OUT/1-of-N` and so on; returns their reports
 * as one, which is `OUT/report.json`. A share whose worker dies is taken up by another where it stood, so that no row is lost and none doubled.
 * With `resume` shares that are done are left as they are. Errors: those of `curate`, `evaluate.queue`, `curate.worker`.
 */
export async function curateShares(path: string, options: CurateOptions, shared: SharedOptions): Promise<CurateReport> {
  const { out, signal } = options;
  const { shares: count, redis } = shared;
  if (!Number.isSafeInteger(count) || count < 1 || count > MOST_SHARES)
    throw new SensoriumError('curate.option', 'a run cannot be cut into so many shares', {
      place: 'shares',
      expected: `1 to ${MOST_SHARES}`,
      got: String(count),
    });
  assertCuratable({ ...options, share: { index: 0, count } });
  const identity = await identityOf(path, options);
  const token = await begin(options, { ...identity, shares: count });
  const all = Array.from({ length: count }, (_, index): ShareJob => ({ index, count }));
  const reports = await Promise.all(all.map((job) => ifThere(() => readJson<CurateReport>(join(shareFolder(out, job), REPORT)))));
  const left = all.filter(({ index }) => !reports[index]);
  let [done, kept] = [count - left.length, reports.reduce((n, report) => n + (report?.kept ?? 0), 0)];
  if (left.length > 0) {
    const queue = await openJobQueue<ShareJob, { kept: number }>({ url: redis, name: queueName(identity), onIdle: shared.onIdle, failed });
    try {
      const jobs = left.map((job) => ({ key: `${token}-${job.index + 1}-of-${count}`, data: () => job }));
      const onResult = (_: number, result: { kept: number }): void => {
        kept += result.kept;
        shared.onShare?.(++done, count, kept);
      };
      await queue.all(jobs, { signal, onResult });
    } finally {
      await queue.close();
    }
  }
  for (const job of left) reports[job.index] = await shareReport(out, job);
  const report = joined(reports as CurateReport[]);
  await writeAtomic(join(out, REPORT), `${JSON.stringify(report, null, 2)}\n`);
  return report;
}

/** Takes the folder of a run, new or one that is resumed, and returns the token of its jobs: those of an earlier run there are not its own. */
async function begin({ out, resume = false, force = false }: CurateOptions, identity: Record<string, unknown>): Promise<string> {
  const file = join(out, SHARES);
  const known = await ifThere(() => readJson<{ token: string; identity: Record<string, unknown> }>(file));
  const names = (await ifThere(() => io(out, () => readdir(out)))) ?? []; // one that is not there is made
  if (known && resume) {
    checkSame(known.identity, identity, out);
    return known.token;
  }
  if (known && !force) throw exists(out, 'another run', 'Go on with --resume, or replace it with --force');
  if (!known && names.length > 0) throw exists(out, names.slice(0, 3).join(', '), 'Choose an empty folder');
  for (const name of names) await rm(join(out, name), { recursive: true, force: true });
  const token = randomBytes(6).toString('hex');
  await writeAtomic(file, `${JSON.stringify({ token, identity }, null, 2)}\n`);
  return token;
}

async function shareReport(out: string, job: ShareJob): Promise<CurateReport> {
  const folder = shareFolder(out, job);
  const report = await ifThere(() => readJson<CurateReport>(join(folder, REPORT)));
  if (report) return report;
  throw new SensoriumError('curate.worker', 'a worker did its share in another place', {
    place: folder,
    expected: REPORT,
    got: 'nothing',
    hint: 'The folder of the output must be the same one on all machines, under the same name',
  });
}

/** Reports of all shares as one: counts are added. */
function joined(reports: readonly CurateReport[]): CurateReport {
  const [first] = reports as [CurateReport];
  const sum = (key: 'rows' | 'kept' | 'dropped'): number => reports.reduce((n, report) => n + report[key], 0);
  const table = (key: 'first' | 'all'): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const report of reports) for (const [name, n] of Object.entries(report[key] ?? {})) counts[name] = (counts[name] ?? 0) + n;
    return counts;
  };
  return {
    ...first,
    ...{ rows: sum('rows'), kept: sum('kept'), dropped: sum('dropped'), first: table('first') },
    ...(first.all ? { all: table('all') } : {}),
  };
}

/**
 * Starts a worker for a run: it has the data and the options of that run, and does one share at a time. Any number may run, on any machines
 * that have the same files. Errors: `evaluate.queue`.
 */
export async function startShareWorker(
  path: string,
  options: CurateOptions,
  { redis, ...how }: { redis: string } & Pick<JobWorkerOptions<ShareJob, { kept: number }>, 'lock' | 'deaths' | 'onDone' | 'onError'>,
): Promise<JobWorker> {
  const identity = await identityOf(path, options);
  return startJobWorker<ShareJob, { kept: number }>({
    ...{ url: redis, name: queueName(identity), slots: 1, ...how },
    async run(job) {
      assertJob(job);
      const own = { ...options, out: shareFolder(options.out, job), share: job, resume: true, force: false };
      return { kept: (await whenFree(() => curate(path, own))).kept };
    },
  });
}

/** Does work in a folder once it is free: a worker that was slow, and is taken for dead, may still be at it. Errors: `util.locked` after two minutes. */
async function whenFree<T>(work: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += LOOK) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SensoriumError && error.code === 'util.locked') || waited >= PATIENCE) throw error;
      await setTimeout(LOOK);
    }
  }
}

/** Jobs come from a server that others may write to: nothing but two numbers is taken from them. */
function assertJob({ index, count }: ShareJob): void {
  if (Number.isSafeInteger(index) && Number.isSafeInteger(count) && index >= 0 && index < count && count <= MOST_SHARES) return;
  throw new SensoriumError('curate.worker', 'this is not the job of a share', { got: JSON.stringify({ index, count }) });
}
