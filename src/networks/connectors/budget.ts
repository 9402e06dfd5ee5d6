// A budget of image tokens, set when a trained model is opened: redundant rows of the connector are pruned or merged before the language model reads them.

import { arange, argMax, cast, concat, constant, detach, gatherElements, oneHot, type Tensor, topK, zeros } from '../../graph/index.js';
import { Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { show } from '../../util/show.js';
import type { Connector } from '../parts.js';
import { cosines, pick, redundancy, smallest } from './choose.js';

/**
 * How tokens are reduced to a budget; all keep the order in which the tokens stand.
 * - `merge`: token merging by bipartite soft matching (ToMe, Bolya et al. 2023, arXiv:2210.09461): every other token joins the one of the others
 *   that it is most like, the most alike first, as a mean weighed by how many tokens each stands for; at most half in a round.
 * - `prune`: the least redundant stay (TextMonkey's filter), the others are dropped.
 * - `stride`: evenly spaced tokens stay, whatever they hold: what choosing has to beat.
 */
export type TokenReduction = 'merge' | 'prune' | 'stride';

/** Tokens that an image may have at most in the prompt. */
export interface TokenBudget {
  tokens: number;
  /** Default `merge`. */
  by?: TokenReduction;
}

/** One round of merging: `count` of the tokens at even places join their nearest at odd places. */
function mergeRound(x: Tensor, weight: Tensor, places: Tensor, count: number): { x: Tensor; weight: Tensor; places: Tensor } {
  const half = (t: Tensor, start: number): Tensor => t.slice({ axis: 1, start, step: 2 });
  const [a, b] = [half(x, 0), half(x, 1)];
  const [na, nb] = [a.size(1), b.size(1)];
  const alike = cosines(a, b);
  const order = topK(alike.max(-1), na).indices;
  const moved = order.slice({ axis: 1, end: count });
  const target = detach(oneHot(gatherElements(argMax(alike), moved, 1), nb)).transpose([0, 2, 1]);
  const own = pick(half(weight, 0), moved);
  const total = half(weight, 1).add(target.matMul(own));
  const merged = b
    .mul(half(weight, 1))
    .add(target.matMul(pick(a, moved).mul(own)))
    .div(total);
  const stays = count < na ? order.slice({ axis: 1, start: count }) : undefined;
  const joined = (ofA: Tensor, ofB: Tensor): Tensor => (stays ? concat([pick(ofA, stays), ofB], 1) : ofB);
  const next = { x: joined(a, merged), weight: joined(half(weight, 0), total), places: joined(half(places, 0), half(places, 1)) };
  const standing = topK(next.places.squeeze(2).neg(), next.x.size(1)).indices;
  return { x: pick(next.x, standing), weight: pick(next.weight, standing), places: pick(next.places, standing) };
}

/** x: [batch, n, width] -> [batch, min(n, budget), width]. */
export function reduceTokens(x: Tensor, { tokens, by = 'merge' }: TokenBudget): Tensor {
  const n = x.size(1);
  if (tokens >= n) return x;
  if (by === 'prune') return pick(x, smallest(redundancy(x), tokens));
  if (by === 'stride') {
    const places = hostTensor(
      'int64',
      [1, tokens],
      BigInt64Array.from({ length: tokens }, (_, i) => BigInt(Math.floor(((i + 0.5) * n) / tokens))),
    );
    return pick(x, constant(places).expand([x.dim(0), tokens]));
  }
  const column = zeros([x.dim(0), n, 1]);
  let state = { x, weight: column.add(1), places: column.add(cast(arange(n), 'float32').reshape([1, n, 1])) };
  while (state.x.size(1) > tokens) {
    const now = state.x.size(1);
    state = mergeRound(state.x, state.weight, state.places, Math.min(now - tokens, Math.floor(now / 2)));
  }
  return state.x;
}

/** Another connector under a budget. Its parameters stand where they stood. */
class BudgetedConnector extends Module implements Connector {
  readonly #inner: Connector;
  constructor(
    inner: Connector,
    private readonly budget: TokenBudget,
  ) {
    super();
    this.#inner = inner;
  }
  get instructionLength(): number | undefined {
    return this.#inner.instructionLength;
  }
  tokenCount(n: number): number {
    return Math.min(this.budget.tokens, this.#inner.tokenCount(n));
  }
  project(tokens: Tensor, ...read: Tensor[]): Tensor {
    const rows = this.#inner.project(tokens, ...read);
    return this.trace(() => reduceTokens(rows, this.budget));
  }
  override children(): ReturnType<Module['children']> {
    return this.#inner.children();
  }
  override namedParameters(prefix?: string): ReturnType<Module['namedParameters']> {
    return this.#inner.namedParameters(prefix);
  }
}

/**
 * Puts a network under a budget of tokens for an image. Errors: `model.connector` for a budget that cannot be, and for a network whose images do
 * not all have the same number of rows from one connector.
 */
export function setTokenBudget(network: Module, budget: TokenBudget): void {
  const { tokens, by = 'merge' } = budget;
  if (!Number.isSafeInteger(tokens) || tokens < 1 || !['merge', 'prune', 'stride'].includes(by))
    throw new SensoriumError('model.connector', 'this budget of image tokens cannot be kept', {
      place: 'imageTokens',
      expected: "{ tokens: a whole number of at least 1, by: 'merge', 'prune' or 'stride' }",
      got: show(budget),
    });
  const host = network as Module & { multi_modal_projector?: Connector; imageTokens?: number; image_newline?: unknown };
  if (!host.multi_modal_projector || host.imageTokens === undefined || host.image_newline !== undefined)
    throw new SensoriumError('model.connector', 'images of this model cannot be given a budget of tokens', {
      place: 'imageTokens',
      expected: 'a LLaVA 1.5, or a model of mllm({…}): one picture, one connector',
      got: network.constructor.name,
    });
  const wrapped = new BudgetedConnector(host.multi_modal_projector, budget);
  wrapped.path = host.multi_modal_projector.path;
  host.multi_modal_projector = wrapped;
}
