// Log-probabilities of whole sequences under the values that a stage began with: computed before its first step, and kept in a file.
import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { compile } from '../runtime/compile.js';
import { SensoriumError } from '../util/errors.js';
import { appendJsonl, mapIoError, readJson, readJsonl, writeAtomic } from '../util/fs.js';
import { hostTensor } from '../util/host.js';
import { errno } from '../util/io.js';
import { fingerprint } from './checkpoint.js';
import { SequenceGraph, temperedLogProbs } from './sequence-graph.js';
import { trainingSession } from './session.js';
import { perToken } from './token-values.js';
/**
 * Log-probabilities of samples of two sequences under a reference, [samples, 2]; each sample is scored once. A sample is known by its first
 * sequence, not by its row: held-out rows are numbered on their own.
 */
export function pairScores(logProbs) {
    const known = new WeakMap();
    return async (sequences) => {
        const values = [];
        for (let i = 0; i < sequences.length; i += 2) {
            const first = sequences[i];
            const pair = known.get(first) ?? [...(await logProbs(sequences.slice(i, i + 2)))];
            known.set(first, pair);
            values.push(...pair);
        }
        return hostTensor('float32', [sequences.length / 2, 2], Float32Array.from(values));
    };
}
/** Scores sequences; programs are compiled once for each shape. */
export class Reference {
    o;
    graph;
    programs = new Map();
    constructor(o) {
        this.o = o;
        this.graph = new SequenceGraph({ ...o, trained: new Set() });
    }
    /** Sum of the weighted log-probabilities of each sequence's predicted tokens, in order: [sequences]. */
    async logProbs(sequences) {
        const batch = await this.graph.batch(sequences);
        return this.run(batch, 'sums', (read) => read.perSequence(read.logProbs));
    }
    /** Log-probabilities of each sequence's predicted tokens, in order, at a temperature. */
    async tokenLogProbs(sequences, temperature = 1) {
        const batch = await this.graph.batch(sequences);
        const values = await this.run(batch, `tokens ${temperature}`, (read) => temperedLogProbs(read, temperature));
        return perToken(batch.packed, values, sequences.length);
    }
    async run({ bucket, feeds }, what, trace) {
        const key = `${what} ${bucket}`;
        let made = this.programs.get(key);
        if (!made) {
            const { values: frozen, runtime, threads } = this.o;
            const y = trace(this.graph.trace(bucket));
            made = compile({ y }, { ...trainingSession({ y }), frozen, runtime, threads, name: `reference.${bucket}` });
            this.programs.set(key, made);
        }
        const program = await made;
        const { y } = await program.run(Object.fromEntries(program.inputs.map(({ name }) => [name, feeds[name]])));
        return Float32Array.from(y.data);
    }
    async dispose() {
        for (const program of await Promise.allSettled(this.programs.values()))
            if (program.status === 'fulfilled')
                program.value.dispose();
        this.programs.clear();
        await this.graph.dispose();
    }
}
/** Names a sample by all that its scores depend on beside the model: the row and the template are in the ids, the images in their keys. */
export function sampleKey(sequences) {
    const hash = createHash('sha256');
    const numbers = (name, data) => {
        hash.update(`${name} ${data?.length ?? 0}\n`);
        if (data)
            hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    };
    const one = ({ ids, weights, ends, positions, media, epsilon, source }) => {
        numbers('ids', ids);
        numbers('weights', weights);
        numbers('positions', positions);
        hash.update(JSON.stringify([ends ?? [], epsilon ?? 0, media.map(({ key, at }) => [key, [...at]])]));
        if (source)
            one(source);
    };
    for (const sequence of sequences)
        one(sequence);
    return hash.digest('base64url').slice(0, 22);
}
/** Samples that are scored between two writes. */
const BLOCK = 64;
/**
 * Scores of samples under the values that a stage began with. `DIR/MODEL.jsonl` holds those of each model, by content, so that a resumed run
 * and the next one have them again, to the bit; `DIR/start.json` names the model. No model is held while a stage trains.
 */
export class ReferenceScores {
    o;
    scores = new Map();
    /** The values that the stage began with, where they had to be made anew. */
    made;
    constructor(o) {
        this.o = o;
    }
    /** Scores of a sample. Errors: `train.reference` for one that was not scored before the first step. */
    async of(sequences) {
        const found = this.scores.get(sampleKey(sequences));
        if (found)
            return found;
        throw new SensoriumError('train.reference', 'a sample has no score of the reference', {
            place: this.o.place,
            expected: 'data whose rows are the same each time that they are read',
            got: 'a row that has changed since the stage began',
        });
    }
    /**
     * Scores the samples that have no scores yet. Errors: `train.reference` where they can only be scored by values that are gone, those of the
     * model.
     */
    async fill(samples, signal) {
        const start = await this.begin();
        const file = join(this.o.dir, `${start}.jsonl`);
        for (const { key, scores } of (await ifPresent(file, () => readJsonl(file))) ?? [])
            this.scores.set(key, Float32Array.from(scores));
        let scorer;
        let lines = [];
        const write = async () => {
            if (lines.length > 0)
                await appendJsonl(file, ...lines);
            lines = [];
        };
        try {
            for await (const sequences of samples) {
                signal?.throwIfAborted();
                const key = sampleKey(sequences);
                if (this.scores.has(key))
                    continue;
                scorer ??= new Reference({ ...this.o.scorer, ...(await this.model(start)) });
                const scores = await scorer.logProbs(sequences);
                this.scores.set(key, scores);
                lines.push({ key, scores: [...scores] });
                if (lines.length === BLOCK)
                    await write();
            }
            await write();
        }
        finally {
            await scorer?.dispose();
            this.made = undefined;
        }
    }
    /** Names the values that the stage began with. */
    async begin() {
        const { dir, resumed, state, again } = this.o;
        const file = join(dir, START);
        const known = resumed ? await ifPresent(file, () => readJson(file)) : undefined;
        if (known)
            return known.model;
        if (resumed)
            this.made = await again?.();
        const start = nameOf(this.made ?? state);
        await writeAtomic(file, `${JSON.stringify({ model: start })}\n`);
        return start;
    }
    async model(start) {
        const { resumed, state, again, place } = this.o;
        if (!resumed)
            return state;
        this.made ??= await again?.();
        if (this.made && nameOf(this.made) === start)
            return this.made;
        throw new SensoriumError('train.reference', 'the values that the stage began with are gone, and rows are to be scored by them', {
            place,
            expected: 'the model that the run began with',
            got: this.made ? 'another model' : 'a stage behind others',
            hint: 'Go on with the same number of steps, or train into another folder',
        });
    }
}
const START = 'start.json';
const nameOf = ({ values }) => fingerprint(values).slice(0, 16);
/** What `read` gives of a file, undefined where there is none. */
async function ifPresent(file, read) {
    const there = await access(file).then(() => true, (error) => {
        if (errno(error) === 'ENOENT')
            return false;
        throw mapIoError(error, file);
    });
    return there ? read() : undefined;
}
//# sourceMappingURL=reference.js.map