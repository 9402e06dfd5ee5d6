// Groups of completions for one step: drawn, judged, compared with one another, and watched.
import { Rng } from '../../util/rng.js';
import { groupAdvantages, hasSignal, overlongPenalty, spreadOf } from '../objectives/group.js';
import { exchangedImages } from './prompts.js';
import { scoreSamples } from './reward.js';
import { completed } from './rollout.js';
const mean = (values) => (values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length);
/** Draws and judges the groups of batches. */
export class GroupCollector {
    o;
    constructor(o) {
        this.o = o;
    }
    /** The groups of the batch at `index`, with the weights of now. Everything that is drawn depends on these, `index` and the seed alone. */
    async collect(index, signal) {
        const { o } = this;
        const rng = new Rng(o.seed).fork('rollouts', index);
        const groups = await this.draw(o.rowsOf(index), rng, signal);
        if (groups.length === 0)
            return { groups: [], metrics: {} };
        const silent = groups.filter(({ rollouts }) => !hasSignal(rollouts.map((r) => r.reward))).length;
        const metrics = { ...this.watched(groups), no_signal: silent / groups.length };
        const replaced = await this.refill(groups, rng, signal);
        for (const { rollouts } of groups)
            this.compare(rollouts);
        await this.addStart(groups);
        return {
            groups,
            metrics: {
                ...metrics,
                ...(o.refills > 0 ? { replaced: replaced / groups.length } : {}),
                ...(await this.blindReward(index, groups, signal)),
            },
        };
    }
    /** Judges greedy completions of rows: the mean reward. */
    async greedyReward(rows, signal) {
        const prompts = await Promise.all(rows.map((row) => this.o.prompt(row)));
        const replies = await this.complete(prompts, { sequences: prompts.map((p) => p.sequence), seeds: () => [0], temperature: 0, signal });
        return mean(replies.flat().map((r) => r.reward));
    }
    async draw(rows, rng, signal) {
        const prompts = [];
        for (const row of rows)
            prompts.push(await this.o.prompt(row));
        const seeds = (i) => Array.from({ length: this.o.group }, (_, k) => rng.fork(i, k).int(2 ** 31));
        const drawn = await this.complete(prompts, { sequences: prompts.map((p) => p.sequence), seeds, signal });
        return drawn.map((rollouts, i) => ({ row: rows[i], rollouts }));
    }
    /** Completions of prompts, judged. `sequences` are what is completed: the prompts, or the same with other images. */
    async complete(prompts, how) {
        const { o } = this;
        const { sequences, temperature, signal } = how;
        const asked = sequences.map((sequence, i) => ({ sequence, seeds: how.seeds(i) }));
        const drawn = await o.rollouts.sample(asked, { ...(temperature === undefined ? {} : { temperature }), signal });
        const samples = drawn.flatMap((group, i) => group.map((rollout) => sampleOf(prompts[i], rollout)));
        const rewards = await scoreSamples(o.reward, samples, { place: o.place, signal });
        let next = 0;
        return drawn.map((group) => group.map((rollout) => ({ ...rollout, reward: rewards[next++], advantage: 0, counts: true })));
    }
    /** Puts groups of other rows, drawn anew, in place of those without a difference. Returns how many were replaced. */
    async refill(groups, rng, signal) {
        const { refills, rows } = this.o;
        let replaced = 0;
        for (let round = 0; round < refills; round++) {
            const silent = groups.flatMap(({ rollouts }, i) => (hasSignal(rollouts.map((r) => r.reward)) ? [] : [i]));
            if (silent.length === 0)
                break;
            const own = rng.fork('refill', round);
            const at = (k) => (Array.isArray(rows) ? rows[k] : k);
            const fresh = await this.draw(silent.map(() => at(own.int(rows.length))), own, signal);
            for (const [k, group] of fresh.entries()) {
                if (!hasSignal(group.rollouts.map((r) => r.reward)))
                    continue;
                groups[silent[k]] = group;
                replaced++;
            }
        }
        return replaced;
    }
    /** Advantages within a group, after what long completions lose. */
    compare(rollouts) {
        const { form, maxTokens, overlongBuffer: buffer, overlongFilter } = this.o;
        const rewards = rollouts.map(({ reward, ids }) => reward + overlongPenalty(ids.length, { maxTokens, buffer }));
        groupAdvantages(rewards, form).forEach((advantage, i) => {
            const rollout = rollouts[i];
            rollout.advantage = advantage;
            rollout.counts = !(overlongFilter && rollout.finish === 'length');
        });
    }
    async addStart(groups) {
        const { start, prompt } = this.o;
        if (!start)
            return;
        const all = [];
        for (const { row, rollouts } of groups)
            for (const rollout of rollouts)
                all.push({ rollout, sequence: completed((await prompt(row)).sequence, rollout.ids) });
        const scores = await start(all.map(({ sequence }) => sequence));
        all.forEach(({ rollout }, i) => {
            rollout.start = scores[i];
        });
    }
    watched(groups) {
        const all = groups.flatMap(({ rollouts }) => rollouts);
        return {
            reward: mean(all.map((r) => r.reward)),
            reward_std: mean(groups.map(({ rollouts }) => spreadOf(rollouts.map((r) => r.reward)).std)),
            entropy: mean(all.map((r) => r.entropy)),
            length: mean(all.map((r) => r.ids.length)),
            truncated: mean(all.map((r) => (r.finish === 'length' ? 1 : 0))),
        };
    }
    /** The mean reward of one completion of each prompt with the images exchanged, when it is time for it. */
    async blindReward(index, groups, signal) {
        const { blindEvery, prompt, seed } = this.o;
        if (blindEvery === 0 || index % blindEvery !== 0)
            return {};
        const prompts = [];
        for (const { row } of groups)
            prompts.push(await prompt(row));
        const sequences = exchangedImages(prompts);
        if (!sequences)
            return {};
        const rng = new Rng(seed).fork('blind', index);
        const replies = await this.complete(prompts, { sequences, seeds: (i) => [rng.fork(i).int(2 ** 31)], signal });
        return { blind_reward: mean(replies.flat().map((r) => r.reward)) };
    }
}
/** A completion as rewards get it. */
function sampleOf({ messages, answer, row }, { text, ids, finish }) {
    return { messages, reply: text, ...(answer === undefined ? {} : { answer }), row, tokens: ids.length, truncated: finish === 'length' };
}
//# sourceMappingURL=group-collector.js.map