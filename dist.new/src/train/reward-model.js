// A reward model that scores replies: `rewardModel(folder)`. It reads texts and images, not ids, so any policy can be scored by it.
import { openModel } from '../model/index.js';
import { endAdapter, RewardHead } from '../networks/index.js';
import { compile } from '../runtime/compile.js';
import { SensoriumError } from '../util/errors.js';
import { defaultLength } from './fine-tune.js';
import { readAtEnd, withFacts } from './reward-samples.js';
import { SequenceGraph } from './sequence-graph.js';
import { trainingSession } from './session.js';
/** Scores replies; programs are compiled once for each shape. */
export class RewardModel {
    model;
    o;
    head;
    graph;
    programs = new Map();
    batch;
    maxLength;
    /** `values`: those of a training state, read when replies are scored. Errors: `reward.model` for a model without a reward head. */
    constructor(model, o = {}) {
        this.model = model;
        this.o = o;
        const head = endAdapter(model.network, RewardHead);
        if (!head)
            throw new SensoriumError('reward.model', 'this is not a reward model', {
                place: model.dir,
                expected: 'a folder that `sensorium reward` wrote, or a …ForSequenceClassification with one label',
                got: `${model.family.architectures[0]} without a reward head`,
            });
        this.head = head;
        this.batch = o.batch ?? 8;
        this.maxLength = o.maxLength ?? defaultLength(model.network);
        const values = o.values ?? model.values;
        const pad = model.tokenizer?.specialIds.pad ?? 0;
        this.graph = new SequenceGraph({ model, values, trained: new Set(), maxLength: this.maxLength, pad, ...runtimeOf(o) });
    }
    /**
     * The scores of replies, in order. Errors: those of `Processor.encode`, with the number of the reply; `reward.length` for a conversation that
     * does not fit, `reward.nonfinite` for a score that is not a number.
     */
    async scores(replies, signal) {
        const sequences = [];
        for (const [i, reply] of replies.entries())
            sequences.push(await this.encode(reply, i));
        return this.sequenceScores(sequences, signal);
    }
    /** The scores of whole conversations, each read at its last token. */
    async sequenceScores(sequences, signal) {
        const out = new Float32Array(sequences.length);
        const order = sequences.map((_, i) => i).sort((a, b) => lengthOf(sequences[b]) - lengthOf(sequences[a]));
        const size = Math.min(this.batch, order.length);
        for (let start = 0; start < order.length; start += size) {
            signal?.throwIfAborted();
            const taken = order.slice(start, start + size);
            // The last batch is filled with its last reply, so that one program serves all.
            const full = Array.from({ length: size }, (_, k) => taken[Math.min(k, taken.length - 1)]);
            const scores = await this.run(full.map((i) => sequences[i]));
            for (const [k, i] of taken.entries())
                out[i] = scores[k];
        }
        const bad = out.findIndex((score) => !Number.isFinite(score));
        if (bad < 0)
            return out;
        throw new SensoriumError('reward.nonfinite', 'a reward model gives a score that is not a finite number', {
            place: `reward model ${this.model.dir || 'under training'}, reply ${bad} of ${out.length}`,
            expected: 'a finite number',
            got: String(out[bad]),
            hint: 'Its training may have diverged: take one of its earlier checkpoints, or train it again at a lower lr',
        });
    }
    async dispose() {
        for (const program of await Promise.allSettled(this.programs.values()))
            if (program.status === 'fulfilled')
                program.value.dispose();
        this.programs.clear();
        await this.graph.dispose();
    }
    async encode({ messages, reply, facts = [] }, index) {
        const told = withFacts(messages, facts);
        const { maxLength } = this;
        const tooLong = (cause) => new SensoriumError('reward.length', 'a reply is too long for the reward model', {
            place: `reply ${index}`,
            expected: `a conversation of at most ${maxLength} tokens`,
            hint: 'Ask for shorter replies, or take a reward model that reads more',
            cause,
        });
        try {
            const sequence = await this.model.processor.encode([...told, { role: 'assistant', content: reply }], { maxLength });
            if (sequence.dropped === 0)
                return readAtEnd(sequence);
        }
        catch (error) {
            throw error instanceof SensoriumError && error.code === 'text.length' ? tooLong(error) : error;
        }
        throw tooLong();
    }
    /** Whether a reply can be scored: it fits with its conversation, its images and its facts. Errors: those of `Processor.encode` but for the length. */
    async fits(reply) {
        try {
            await this.encode(reply, 0);
            return true;
        }
        catch (error) {
            if (error instanceof SensoriumError && error.code === 'reward.length')
                return false;
            throw error;
        }
    }
    async run(sequences) {
        const { bucket, feeds } = await this.graph.batch(sequences);
        let made = this.programs.get(bucket);
        if (!made) {
            const read = this.graph.trace(bucket);
            const y = this.head.read(read.perSequence(read.hidden));
            const frozen = this.o.values ?? this.model.values;
            made = compile({ y }, { ...trainingSession({ y }), frozen, ...runtimeOf(this.o), name: `reward.${bucket}` });
            this.programs.set(bucket, made);
        }
        const program = await made;
        const { y } = await program.run(Object.fromEntries(program.inputs.map(({ name }) => [name, feeds[name]])));
        return y.data;
    }
}
const runtimeOf = ({ runtime, threads }) => ({ runtime, threads });
const lengthOf = (sequence) => sequence?.ids.length ?? 0;
/**
 * Opens a reward model: a folder that `sensorium reward` wrote, or one of the hub in the form of transformers' sequence classification.
 * Errors: those of `openModel`, `reward.model`.
 */
export async function rewardModel(name, { signal, hub, ...options } = {}) {
    return new RewardModel(await openModel(name, { signal, hub }), options);
}
//# sourceMappingURL=reward-model.js.map