// `--redis` of the commands that filter: shares of a run for workers, and a worker itself, which is the same command with `--work`.

import type { ArgsDef } from 'citty';
import { type CurateOptions, type CurateReport, curateShares, MOST_SHARES, startShareWorker } from '../curate/index.js';
import { isAbort } from '../util/errors.js';
import { numberOption } from './flags.js';
import { usageError } from './report.js';
import type { Progress } from './terminal.js';

/** Options of a queue. */
export const queueArgs = {
  redis: {
    type: 'string',
    description: 'give the rows to workers (the same command with --work) over this Redis server',
    valueHint: 'URL',
  },
  shares: { type: 'string', description: 'shares that they take, each a folder in --out (default: 16)', valueHint: 'N' },
  work: { type: 'boolean', description: 'be one of the workers, on this machine or another that has the same files' },
} satisfies ArgsDef;

/** A queue, and whether this process works for it. */
export interface QueueOption {
  redis: string;
  shares: number;
  work: boolean;
}

/** Reads the options; undefined without `--redis`. Errors: usage. */
export function queueOption({ redis, shares, work }: { redis?: string; shares?: string; work?: boolean }): QueueOption | undefined {
  if (redis === undefined) {
    const place = work ? '--work' : shares === undefined ? undefined : '--shares';
    if (place) throw usageError('this is of runs over a Redis server', { place, hint: 'Name the server: --redis redis://HOST:PORT' });
    return undefined;
  }
  if (!/^rediss?:\/\/./.test(redis))
    throw usageError('this is not the address of a Redis server', { place: '--redis', expected: 'redis://HOST:PORT', got: redis });
  const count = numberOption('shares', shares, { min: 1, max: MOST_SHARES, integer: true }) ?? 16;
  return { redis, shares: count, work: work === true };
}

/** Waits for the workers and returns what they kept; as a worker, works until it is stopped, which ends it after the share it is at. */
export async function runShared(
  path: string,
  options: CurateOptions,
  { redis, shares, work, progress }: QueueOption & { progress: Progress },
): Promise<CurateReport | undefined> {
  const { signal, ...rest } = options;
  if (!work)
    return curateShares(path, options, {
      ...{ redis, shares },
      onIdle: () => progress.line('no worker is there yet: start some with the same command and --work'),
      onShare: (done, total, kept) => progress.update({ label: 'shares', done, total, note: `${kept} kept` }),
    });
  const worker = await startShareWorker(path, rest, {
    redis,
    onDone: ({ done, failed }) => progress.update({ label: 'shares', done, note: failed > 0 ? `${failed} failed` : undefined }),
    onError: (error) => progress.line(`warning: ${error.message}`),
  });
  progress.line(`worker: taking shares of ${path} from ${worker.queue}`);
  try {
    await new Promise<void>((done) => {
      if (!signal || signal.aborted) done();
      signal?.addEventListener('abort', () => done(), { once: true });
    });
  } finally {
    await worker.close();
  }
  if (signal && !isAbort(signal.reason)) throw signal.reason;
  return undefined;
}
