// Contests: sides that answer the same lines of work with numbers, each with the thread count that suits it best, taking turns.
import { absent, median, pause } from './report.js';
/** Our own name among the sides. */
export const OURS = 'sensorium';
/**
 * Starts every entrant with each thread count and keeps the one whose answer to `probe` is the smallest; with one count there is no
 * probe. Others that cannot run are named on stderr and left out; our own failure is thrown.
 */
export async function enter(entrants, threads, probe) {
    const entered = new Map();
    for (const entrant of entrants) {
        try {
            entered.set(entrant.name, await bestThreads(entrant, threads, probe));
        }
        catch (error) {
            if (entrant.name === OURS) {
                await leave(entered);
                throw error;
            }
            absent(entrant.name, error.message.split('\n')[0]);
        }
    }
    return entered;
}
async function bestThreads(entrant, counts, probe) {
    const [only] = counts;
    if (counts.length === 1)
        return { side: await entrant.start(only), threads: only };
    let best;
    for (const threads of counts) {
        const side = await entrant.start(threads);
        const times = [];
        for (let i = 0; i <= 3; i++) {
            await pause();
            const [time] = (await side.ask(probe));
            if (i > 0)
                times.push(time);
        }
        const time = median(times);
        process.stderr.write(`${entrant.name}, ${threads} threads: ${time.toFixed(1)} ms for '${probe}'\n`);
        const worse = best && best.time <= time ? side : best?.side;
        if (worse !== side)
            best = { side, threads, time };
        await worse?.stop();
    }
    return best;
}
/** Stops all sides. */
export async function leave(entered) {
    for (const { side } of entered.values())
        await side.stop();
}
/**
 * Asks every side the line once without counting and then `repeats` times, in turn, with a pause before each; the medians of their
 * first numbers, by name. A peer that fails is named, stopped and taken out. `between` runs once in each counted round. With `same`, peers
 * that show another result than ours are named.
 */
export async function takeTurns(entered, line, { repeats, between, same }) {
    const shown = new Map();
    const answers = new Map([...entered.keys()].map((name) => [name, []]));
    for (let round = 0; round <= repeats; round++) {
        for (const [name, { side }] of [...entered]) {
            await pause();
            try {
                const [answer, result] = (await side.ask(line));
                if (round > 0)
                    answers.get(name)?.push(answer);
                if (result !== undefined)
                    shown.set(name, result);
            }
            catch (error) {
                if (name === OURS)
                    throw error;
                absent(name, error.message);
                entered.delete(name);
                await side.stop();
            }
        }
        if (round > 0 && between) {
            await pause();
            await between();
        }
    }
    if (same)
        warnOfDifferences(shown, line);
    return new Map([...answers].filter(([name]) => entered.has(name)).map(([name, times]) => [name, median(times)]));
}
/** The same floats should give the same result; a time without it means little. */
function warnOfDifferences(shown, line) {
    const ours = shown.get(OURS);
    if (ours === undefined)
        return;
    for (const [name, result] of shown)
        if (!(Math.abs(result - ours) <= 0.005 * Math.abs(ours)))
            process.stderr.write(`${name} computes something else in '${line}': ${result}, and ours ${ours}\n`);
}
/** The threads of every side, for a row's `extra`. */
export function threadsOf(entered) {
    return Object.fromEntries([...entered].map(([name, { threads }]) => [`threads ${name}`, threads]));
}
/** Speeds of all sides from their milliseconds, split into ours and the peers'. */
export function speeds(times, amount) {
    const each = [...times].map(([name, ms]) => [name, amount / (ms / 1e3)]);
    return {
        sensorium: each.find(([name]) => name === OURS)?.[1],
        peers: Object.fromEntries(each.filter(([name]) => name !== OURS)),
    };
}
//# sourceMappingURL=sides.js.map