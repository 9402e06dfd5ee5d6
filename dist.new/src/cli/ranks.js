// Commands that mpirun starts several times: their options, which process prints, and how an error of one ends all.
import { setTimeout } from 'node:timers/promises';
import { launchOf } from '../runtime/launch.js';
import { openedCommunicator } from '../runtime/mpi.js';
import { isShared } from '../train/parallel/ranks.js';
import { choiceOption } from './flags.js';
import { usageError } from './report.js';
/** Options of commands that several processes train together. */
export const rankArgs = {
    zero: { type: 'string', description: 'under mpirun, 1: each process keeps the moments of its share alone (ZeRO-1)', default: '0' },
    'rank-logs': { type: 'boolean', description: 'under mpirun: the processes after the first write rank-K.jsonl beside run.jsonl' },
};
/** What those options say. Errors: `cli.usage`. */
export function rankOptions(args) {
    const zero = choiceOption('zero', args.zero, ['0', '1']);
    return { zero: zero === '1' ? 1 : 0, rankLogs: args['rank-logs'] === true };
}
/** Throws `cli.usage` where mpirun started several processes of a command that is one process's. */
export function assertAlone(what) {
    const launch = launchOf();
    if (launch)
        throw usageError(`${what} is work for one process`, { got: `${launch.size} processes of mpirun`, hint: 'Run it without mpirun' });
}
/** Milliseconds in which rank 0, which as a rule has the same error, may report it and end the job. */
const AFTER_FIRST = 1000;
/**
 * Reports an error of a process of a job, and ends the others: one that all have is reported by rank 0, one of a single rank by itself, with
 * its number.
 */
export async function reportTogether(error, text, code, err) {
    const rank = launchOf()?.rank ?? 0;
    const communicator = await openedCommunicator();
    if (isShared(error)) {
        communicator?.leave();
        if (rank === 0)
            err(text);
        return;
    }
    if (rank > 0)
        await setTimeout(AFTER_FIRST);
    err(rank > 0 ? `rank ${rank}: ${text}` : text);
    communicator?.abort(code);
}
//# sourceMappingURL=ranks.js.map