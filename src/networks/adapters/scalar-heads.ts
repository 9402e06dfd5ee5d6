// Heads that read one number off hidden states: what a reply is worth (reward models), and what is still to come (values of PPO).

import { z } from 'zod';
import type { Tensor } from '../../graph/index.js';
import { init, Linear, Module } from '../../nn/index.js';
import { CausalDecoder } from '../language/decoder.js';
import type { EndAdapter } from '../parts.js';
import { ADAPTERS_KEY, type AdapterSpec, defineAdapter, REWARD } from './registry.js';

/** One matrix, named as in transformers' classes for sequence classification. It begins at zero: every reply is worth the same. */
abstract class ScalarHead extends Module implements EndAdapter {
  score: Linear;
  constructor(width: number) {
    super();
    this.score = new Linear(width, 1, { bias: false, init: init.zeros });
  }
  /** states: [n, width] -> [n]. */
  read(states: Tensor): Tensor {
    return this.trace(() => this.score.forward(states).reshape([states.size(0)]));
  }
}

/** The score of a whole conversation, off the hidden state of its last token. */
export class RewardHead extends ScalarHead {}

/** The reward that is still to come, off the hidden state before each token of a reply. It is of training alone: no folder keeps it. */
export class ValueHead extends ScalarHead {}

/** The kind of the value head. */
const VALUE = 'value';

/** A config.json as folders keep it: without the value head. */
export function withoutValueHead(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const specs = raw[ADAPTERS_KEY] as readonly AdapterSpec[] | undefined;
  if (!specs?.some(({ kind }) => kind === VALUE)) return raw;
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
export function endAdapter<A extends EndAdapter>(network: Module, of: new (...args: never[]) => A): A | undefined {
  const language = network instanceof CausalDecoder ? network : (network as { language_model?: unknown }).language_model;
  if (!(language instanceof CausalDecoder)) return undefined;
  return language.model.adapters.find((adapter): adapter is A => adapter instanceof of);
}
