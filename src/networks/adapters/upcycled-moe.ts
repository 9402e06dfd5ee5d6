// A mixture of experts upcycled from a dense model: the feed-forward of some layers becomes several, copies of it, behind a router (MoE-LLaVA).

import { z } from 'zod';
import { greater, type Tensor } from '../../graph/index.js';
import { auxiliaryLoss, init, isTraining, Linear, Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { DecoderLayer } from '../language/decoder.js';
import { balance, choices, dispatched, type Expert, firstChoice, route, weighted, within } from '../language/mixture.js';
import type { BlockAdapter, BlockContext, PlainFeedForward } from '../parts.js';
import { defineAdapter } from './registry.js';
import { feedForwardLinears, Twins } from './twins.js';

export interface MoeOptions {
  experts: number;
  active: number;
  balance: number;
  capacity: number;
}

/**
 * Every token goes to the `active` experts that the router rates highest, weighted by its softmax over those (Lin et al. 2024,
 * arXiv:2401.15947, section 3). The first expert is the layer's own feed-forward, the others begin as copies of it: whatever the router does, the
 * output is that of the dense model, to rounding. Training graphs compute what each expert has room for, drop the rest, and add `balance` times the loads' balance to
 * the loss of the stage; graphs of fixed sizes that only measure compute everything; decoding gives each expert its tokens alone.
 */
export class UpcycledMoe extends Module implements BlockAdapter {
  router: Module & { forward(x: Tensor): Tensor };
  /** All but the first. */
  experts: Twins[];
  constructor(
    block: DecoderLayer,
    width: number,
    private readonly o: MoeOptions,
    router?: UpcycledMoe['router'],
  ) {
    super();
    this.router = router ?? new Linear(width, o.experts, { bias: false, init: init.fanIn() });
    const own = feedForwardLinears(block, 'moe');
    this.experts = Array.from({ length: o.experts - 1 }, () => new Twins(own));
  }

  /** x: [batch, n, width] -> the same. */
  feedForward(x: Tensor, plain: PlainFeedForward, context: BlockContext): Tensor {
    return this.trace(() => {
      const { whole, segments } = context;
      const expert: Expert = (y, e) => {
        const twins = this.experts[e - 1];
        return twins ? plain(y, (_, linear, z) => (twins.of(linear) ?? linear).forward(z)) : plain(y);
      };
      const { active, capacity } = this.o;
      const scores = this.router.forward(this.routed(x, context));
      const named = x.shape.some((d) => typeof d === 'string');
      const flat = (t: Tensor): Tensor => t.reshape([-1, t.size(-1)]);
      if (named && !whole) return dispatched(flat(x), route(flat(scores), active), expert, this.path).reshape(x.shape);
      if (named) return weighted(x, route(scores, active), expert);
      const real = segments && greater(segments.reshape([-1, 1]), 0).cast('float32');
      const chosen = choices(flat(scores), active);
      auxiliaryLoss({ name: 'balance', value: balance(flat(scores), firstChoice(chosen, active), real), weight: this.o.balance });
      if (!isTraining() || whole) return weighted(x, route(scores, active), expert);
      const tokens = x.size(0) * x.size(1);
      const room = Math.min(tokens, Math.ceil((capacity * active * tokens) / this.o.experts));
      const routed = { weights: route(flat(scores), active), chosen: real ? chosen.mul(real) : chosen };
      return within(room, flat(x), routed, expert).reshape(x.shape);
    });
  }

  /** What the router reads of tokens: [batch, n, ...]. */
  protected routed(x: Tensor, _context: BlockContext): Tensor {
    return x;
  }
}

const count = z.number().int().positive();

/** Options of a mixture of experts. */
export const moeOptions = z.object({
  experts: count.min(2).default(4),
  active: count.default(2),
  every: count.default(2),
  balance: z.number().nonnegative().default(0.01),
  capacity: z.number().positive().default(1.5),
});

/** Throws `adapter.spec` for more active experts than there are. */
export function checkExperts({ active, experts }: MoeOptions, kind: string): void {
  if (active > experts)
    throw new SensoriumError('adapter.spec', 'a token cannot go to more experts than there are', {
      place: `${kind}: active`,
      expected: `at most ${experts}`,
      got: String(active),
    });
}

/**
 * MoE-LLaVA's experts. Options: experts of a layer and how many compute a token; in every how manieth layer, from the first; the factor of the loss that
 * balances loads; the capacity of an expert in training, in even shares. Errors: `adapter.spec` for more active experts than there are, `adapter.layers` for
 * layers that are mixtures already.
 * @example open('runs/llava/model', { adapters: [moe({ experts: 4 })] })
 */
export const moe = defineAdapter({
  kind: 'moe',
  options: moeOptions,
  build: ({ every, ...options }, layer, { width }, block) => {
    checkExperts(options, 'moe');
    return layer % every === 0 ? new UpcycledMoe(block, width, options) : undefined;
  },
});
