// The event stream of a run: what happened, in order, in `run.jsonl` and to whoever listens. Terminal, studio and tests read the same.
import { join } from 'node:path';
import { appendJsonl, readJsonl } from '../util/fs.js';
/**
 * What the numbers of a run's held-out measurements are. Where completions are judged the loss is their reward, or their true score, negated:
 * `sign` -1 shows it as it is.
 */
export function heldMeasure(metrics = {}) {
    if (metrics.true_score !== undefined)
        return { name: 'true score', sign: -1 };
    return metrics.reward === undefined ? { name: 'loss', sign: 1 } : { name: 'reward', sign: -1 };
}
/** The log in a run's folder. */
export const LOG_FILE = 'run.jsonl';
/** Appends events to `run.jsonl` in order, without making the caller wait, and hands them to a listener. */
export class EventLog {
    onEvent;
    path;
    waiting = [];
    writing;
    failure;
    constructor(dir, onEvent, 
    /** Null: nothing is written. */
    file = LOG_FILE) {
        this.onEvent = onEvent;
        this.path = file === null ? undefined : join(dir, file);
    }
    emit(event) {
        const logged = { ...event, time: new Date().toISOString() };
        if (this.path !== undefined) {
            this.waiting.push(logged);
            this.writing ??= this.drain(this.path);
        }
        this.onEvent?.(logged);
    }
    /** Resolves when everything is on disk; throws what went wrong with writing, if anything did. */
    async flush() {
        while (this.writing)
            await this.writing;
        if (this.failure) {
            const error = this.failure;
            this.failure = undefined;
            throw error;
        }
    }
    async drain(path) {
        try {
            while (this.waiting.length > 0) {
                const batch = this.waiting;
                this.waiting = [];
                await appendJsonl(path, ...batch);
            }
        }
        catch (error) {
            this.failure = error; // thrown by the next flush
        }
        finally {
            this.writing = undefined;
        }
    }
}
/** Events of one step, which a run that goes back over the step gives again. */
const OF_A_STEP = new Set(['step', 'blind', 'skip', 'held-out']);
/** Events of a run folder as one history: steps that a resume, or a beginning without a checkpoint, went back over are left out. */
export async function readRun(dir) {
    let events = [];
    /** Stages that a `resume` event announced. */
    const resumed = new Set();
    const dropAfter = (stage, step) => {
        events = events.filter((e) => !(OF_A_STEP.has(e.type) && 'stage' in e && e.stage === stage && e.step > step));
    };
    for (const event of await readJsonl(join(dir, LOG_FILE))) {
        if (event.type === 'run')
            resumed.clear();
        if (event.type === 'resume') {
            resumed.add(event.stage);
            dropAfter(event.stage, event.step);
        }
        if (event.type === 'stage' && !resumed.has(event.stage))
            dropAfter(event.stage, -1);
        events.push(event);
    }
    return events;
}
//# sourceMappingURL=events.js.map