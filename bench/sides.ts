// Contests: sides that answer the same lines of work with numbers, each with the thread count that suits it best, taking turns.

import { absent, median, pause } from './report.js';

/**
 * One contestant. Lines are those of `bench/peers/`: `decode 900 32` is answered with milliseconds, for instance. A second number, where
 * there is one, shows what was computed: a token's id, the mean size of features.
 */
export interface Side {
  ask(line: string): Promise<number[]>;
  stop(): void | Promise<void>;
}

/** A side that may take part. */
export interface Entrant {
  readonly name: string;
  /** Rejects with the reason where it cannot run. */
  start(threads: number): Promise<Side>;
}

/** One that does. */
export interface Entered {
  readonly side: Side;
  /** The count of those tried with which it was fastest. */
  readonly threads: number;
}

/** Our own name among the sides. */
export const OURS = 'sensorium';

/**
 * Starts every entrant with each thread count and keeps the one whose answer to `probe` is the smallest; with one count there is no
 * probe. Others that cannot run are named on stderr and left out; our own failure is thrown.
 */
export async function enter(entrants: readonly Entrant[], threads: readonly number[], probe: string): Promise<Map<string, Entered>> {
  const entered = new Map<string, Entered>();
  for (const entrant of entrants) {
    try {
      entered.set(entrant.name, await bestThreads(entrant, threads, probe));
    } catch (error) {
      if (entrant.name === OURS) {
        await leave(entered);
        throw error;
      }
      absent(entrant.name, (error as Error).message.split('\n')[0] as string);
    }
  }
  return entered;
}

async function bestThreads(entrant: Entrant, counts: readonly number[], probe: string): Promise<Entered> {
  const [only] = counts as [number];
  if (counts.length === 1) return { side: await entrant.start(only), threads: only };
  let best: (Entered & { time: number }) | undefined;
  for (const threads of counts) {
    const side = await entrant.start(threads);
    const times: number[] = [];
    for (let i = 0; i <= 3; i++) {
      await pause();
      const [time] = (await side.ask(probe)) as [number];
      if (i > 0) times.push(time);
    }
    const time = median(times);
    process.stderr.write(`${entrant.name}, ${threads} threads: ${time.toFixed(1)} ms for '${probe}'\n`);
    const worse = best && best.time <= time ? side : best?.side;
    if (worse !== side) best = { side, threads, time };
    await worse?.stop();
  }
  return best as Entered;
}

/** Stops all sides. */
export async function leave(entered: ReadonlyMap<string, Entered>): Promise<void> {
  for (const { side } of entered.values()) await side.stop();
}

/**
 * Asks every side the line once without counting and then `repeats` times, in turn, with a pause before each; the medians of their
 * first numbers, by name. A peer that fails is named, stopped and taken out. `between` runs once in each counted round. With `same`, peers
 * that show another result than ours are named.
 */
export async function takeTurns(
  entered: Map<string, Entered>,
  line: string,
  { repeats, between, same }: { repeats: number; between?: () => Promise<void>; same?: boolean },
): Promise<Map<string, number>> {
  const shown = new Map<string, number>();
  const answers = new Map([...entered.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round <= repeats; round++) {
    for (const [name, { side }] of [...entered]) {
      await pause();
      try {
        const [answer, result] = (await side.ask(line)) as [number, number?];
        if (round > 0) answers.get(name)?.push(answer);
        if (result !== undefined) shown.set(name, result);
      } catch (error) {
        if (name === OURS) throw error;
        absent(name, (error as Error).message);
        entered.delete(name);
        await side.stop();
      }
    }
    if (round > 0 && between) {
      await pause();
      await between();
    }
  }
  if (same) warnOfDifferences(shown, line);
  return new Map([...answers].filter(([name]) => entered.has(name)).map(([name, times]) => [name, median(times)]));
}

/** The same floats should give the same result; a time without it means little. */
function warnOfDifferences(shown: ReadonlyMap<string, number>, line: string): void {
  const ours = shown.get(OURS);
  if (ours === undefined) return;
  for (const [name, result] of shown)
    if (!(Math.abs(result - ours) <= 0.005 * Math.abs(ours)))
      process.stderr.write(`${name} computes something else in '${line}': ${result}, and ours ${ours}\n`);
}

/** The threads of every side, for a row's `extra`. */
export function threadsOf(entered: ReadonlyMap<string, Entered>): Record<string, number> {
  return Object.fromEntries([...entered].map(([name, { threads }]) => [`threads ${name}`, threads]));
}

/** Speeds of all sides from their milliseconds, split into ours and the peers'. */
export function speeds(times: ReadonlyMap<string, number>, amount: number): { sensorium: number; peers: Record<string, number> } {
  const each = [...times].map(([name, ms]) => [name, amount / (ms / 1e3)] as const);
  return {
    sensorium: each.find(([name]) => name === OURS)?.[1] as number,
    peers: Object.fromEntries(each.filter(([name]) => name !== OURS)),
  };
}
