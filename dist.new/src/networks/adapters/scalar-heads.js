// Heads that read one number off hidden states: what a reply is worth (reward models), and what is still to come (values of PPO).
import { z } from 'zod';
import { init, Linear, Module } from '../../nn/index.js';
import { CausalDecoder } from '../language/decoder.js';
import { ADAPTERS_KEY, defineAdapter, REWARD } from './registry.js';
/** One matrix, named as in transformers' classes for sequence classification. It begins at zero: every reply is worth the same. */
class ScalarHead extends Module {
    score;
    constructor(width) {
        super();
        this.score = new Linear(width, 1, { bias: false, init: init.zeros });
    }
    /** states: [n, width] -> [n]. */
    read(states) {
        return this.trace(() => this.score.forward(states).reshape([states.size(0)]));
    }
}
/** The score of a whole conversation, off the hidden state of its last token. */
export class RewardHead extends ScalarHead {
}
/** The reward that is still to come, off the hidden state before each token of a reply. It is of training alone: no folder keeps it. */
export class ValueHead extends ScalarHead {
}
/** The kind of the value head. */
const VALUE = 'value';
/** A config.json as folders keep it: without the value head. */
export function withoutValueHead(raw) {
    const specs = raw[ADAPTERS_KEY];
    if (!specs?.some(({ kind }) => kind === VALUE))
        return raw;
    const { [ADAPTERS_KEY]: _, ...rest } = raw;
    const others = specs.filter(({ kind }) => kind !== VALUE);
    return others.length > 0 ? { ...rest, [ADAPTERS_KEY]: others } : rest;
}
/** Makes a reward model of a decoder: `stage.reward` trains it, `rewardModel(folder)` scores with it. */
export const rewardHead = defineAdapter({
    kind: REWARD,
    options: z.object({}),
    end: (_, { width }) => new RewardHead(width),
});
/** The value head that `stage.ppo` trains beside the policy. */
export const valueHead = defineAdapter({
    kind: VALUE,
    options: z.object({}),
    end: (_, { width }) => new ValueHead(width),
});
/** The adapter of a class at the end of a network's decoder; undefined where there is none. */
export function endAdapter(network, of) {
    const language = network instanceof CausalDecoder ? network : network.language_model;
    if (!(language instanceof CausalDecoder))
        return undefined;
    return language.model.adapters.find((adapter) => adapter instanceof of);
}
//# sourceMappingURL=scalar-heads.js.map