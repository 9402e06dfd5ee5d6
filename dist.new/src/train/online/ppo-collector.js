// Replies for one round of PPO: drawn, scored by the reward and by the truth, valued, turned into advantages of their tokens, and watched.
import { Rng } from '../../util/rng.js';
import { explainedVariance, gae, KL_ESTIMATES, penalized, tokenRewards, whiten, } from '../objectives/advantages.js';
import { exchangeMedia } from '../reward-samples.js';
import { exchangedImages } from './prompts.js';
import { scoreSamples } from './reward.js';
import { completed } from './rollout.js';
const sum = (values) => values.reduce((a, b) => a + b, 0);
const mean = (values) => (values.length === 0 ? 0 : sum(values) / values.length);
/** Draws and judges the replies of batches. */
export class PpoCollector {
    o;
    constructor(o) {
        this.o = o;
    }
    /** The replies of the batch at `index`, `replies` to each of its prompts, with the weights of now. They depend on these, `index` and the seed alone. */
    async collect(index, signal) {
        const { o } = this;
        const rng = new Rng(o.seed).fork('rollouts', index);
        const clock = stopwatch();
        const prompts = [];
        for (const row of o.rowsOf(index))
            prompts.push(await o.prompt(row));
        const seeds = (i) => Array.from({ length: o.replies }, (_, k) => (k === 0 ? rng.fork(i) : rng.fork(i, k)).int(2 ** 31));
        const drawn = await this.draw(prompts, { sequences: prompts.map((p) => p.sequence), seeds, signal });
        const rollout_seconds = clock();
        if (drawn.length === 0)
            return { index, replies: [], metrics: {} };
        const scores = await this.score(o.reward, drawn, { signal });
        const truths = o.truth && (await this.score(o.truth, drawn, { signal }));
        const blind = await this.blind(index, prompts, drawn, signal);
        const reward_seconds = clock();
        const sequences = drawn.map(({ prompt, rollout }) => completed(prompt.sequence, rollout.ids));
        const start = await o.start(sequences);
        const values = await o.reader.values(sequences);
        const replies = this.assess(drawn, { scores, start, values });
        const values_seconds = clock();
        const divergence = ({ rollout: { logProbs } }, i) => sum(logProbs.map((p, t) => KL_ESTIMATES.k1(p - start[i][t])));
        const all = (key) => replies.flatMap((reply) => reply[key]);
        const metrics = {
            reward: mean(scores),
            ...(truths ? { true_score: mean(truths) } : {}),
            kl: mean(drawn.map(divergence)),
            entropy: mean(drawn.map(({ rollout }) => rollout.entropy)),
            length: mean(drawn.map(({ rollout }) => rollout.ids.length)),
            truncated: mean(drawn.map(({ rollout }) => (rollout.finish === 'length' ? 1 : 0))),
            explained_variance: explainedVariance(all('returns'), all('values')),
            ...blind,
            ...{ rollout_seconds, reward_seconds, values_seconds },
        };
        return { index, replies, metrics };
    }
    /** Judges greedy replies to rows: mean reward and, where the truth is known, the mean true score. */
    async measure(rows, signal) {
        const { reward, truth } = this.o;
        const prompts = await Promise.all(rows.map((row) => this.o.prompt(row)));
        const drawn = await this.draw(prompts, { sequences: prompts.map((p) => p.sequence), seeds: () => [0], temperature: 0, signal });
        const scores = await this.score(reward, drawn, { signal });
        return { reward: mean(scores), ...(truth ? { true_score: mean(await this.score(truth, drawn, { signal })) } : {}) };
    }
    /** The completions of each prompt, one for each seed; `sequences` are what is completed: the prompts, or the same with other images. Empty ones are left out. */
    async draw(prompts, how) {
        const { sequences, temperature, signal } = how;
        const asked = sequences.map((sequence, i) => ({ sequence, seeds: how.seeds(i) }));
        const drawn = await this.o.rollouts.sample(asked, { ...(temperature === undefined ? {} : { temperature }), signal });
        return drawn.flatMap((rollouts, i) => rollouts.flatMap((rollout) => (rollout.ids.length > 0 ? [{ rollout, prompt: prompts[i] }] : [])));
    }
    /** `messages`: of each reply, where it is judged beside other images than its own. */
    score(reward, drawn, { messages, signal }) {
        const samples = drawn.map(({ prompt, rollout }, i) => {
            const { answer, row } = prompt;
            const { text: reply, ids, finish } = rollout;
            const asked = messages?.[i] ?? prompt.messages;
            return {
                messages: asked,
                reply,
                ...(answer === undefined ? {} : { answer }),
                row,
                tokens: ids.length,
                truncated: finish === 'length',
            };
        });
        return scoreSamples(reward, samples, { place: this.o.place, signal });
    }
    /** Advantages of the tokens of all replies together. */
    assess(drawn, { scores, start, values }) {
        const { kl, klEstimate: estimate, gamma, lambda, penalties, whitenRewards } = this.o;
        const above = this.o.replies > 1 ? aboveOwnPrompt(drawn, scores) : scores;
        const given = whitenRewards ? whiten([above], { keepMean: true })[0] : above;
        const replies = drawn.map(({ rollout, prompt }, i) => {
            const { logProbs, ids, finish } = rollout;
            const score = penalized(given[i], { tokens: ids.length, stopped: finish !== 'length' }, penalties);
            const rewards = tokenRewards({ score, logProbs, start: start[i] }, { kl, estimate });
            const own = values[i];
            return { ...rollout, row: prompt.index, score: scores[i], values: own, ...gae(rewards, own, { gamma, lambda }) };
        });
        const even = whiten(replies.map(({ advantages }) => advantages));
        return replies.map((reply, i) => ({ ...reply, advantages: even[i] }));
    }
    /**
     * When it is time for it: `blind_reward`, that of replies to the prompts with their images exchanged, and `blind_judge`, that of the same replies
     * before a reward that is given other images. Where they are near `reward`, the policy or the reward does not use the images.
     */
    async blind(index, prompts, drawn, signal) {
        const { blindEvery, seed, reward } = this.o;
        if (blindEvery === 0 || index % blindEvery !== 0)
            return {};
        const sequences = exchangedImages(prompts);
        if (!sequences)
            return {};
        const rng = new Rng(seed).fork('blind', index);
        const others = await this.draw(prompts, { sequences, seeds: (i) => [rng.fork(i).int(2 ** 31)], signal });
        const blind_reward = mean(await this.score(reward, others, { signal }));
        const messages = exchangeMedia(drawn.map(({ prompt }) => prompt.messages));
        if (!messages)
            return { blind_reward };
        return { blind_reward, blind_judge: mean(await this.score(reward, drawn, { messages, signal })) };
    }
}
/** What each score is above the mean of the replies to the same prompt: prompts differ more than their replies do, and a young value head cannot tell them apart. */
function aboveOwnPrompt(drawn, scores) {
    const of = new Map();
    drawn.forEach(({ prompt }, i) => {
        of.set(prompt, [...(of.get(prompt) ?? []), scores[i]]);
    });
    return drawn.map(({ prompt }, i) => scores[i] - mean(of.get(prompt)));
}
/** Seconds since the last call. */
function stopwatch() {
    let last = performance.now();
    return () => {
        const now = performance.now();
        const seconds = (now - last) / 1000;
        last = now;
        return seconds;
    };
}
//# sourceMappingURL=ppo-collector.js.map