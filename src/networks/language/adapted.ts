// How a decoder layer lets its adapters act: before it, on its projections, on what attention gives, around its feed-forward.

import { repeatHeads, type Tensor } from '../../graph/index.js';
import { mergeHeads, splitHeads } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { BlockAdapter, BlockContext, KeysOf, PlainFeedForward, Project } from '../parts.js';
import type { SelfAttention } from './attention.js';

export type { Project } from '../parts.js';

/** What a strategy gives for the queries of a layer. */
export interface Attended {
  /** [batch, n, heads * d]. */
  out: Tensor;
  /** Turned queries and the output by head, [batch, heads, n, d], and what scores are multiplied by; undefined where a strategy does not give them. */
  heads?(): { q: Tensor; out: Tensor; scale: number };
}

/** Keys and values that a layer's own projections make of rows beside the sequence, for every head of its queries. */
function keysBeside(layer: SelfAttention, rows: Tensor): Omit<ReturnType<KeysOf>, 'scale'> {
  const { num_attention_heads: heads, num_key_value_heads: kvHeads } = layer.c;
  const each = (x: Tensor): Tensor => repeatHeads(splitHeads(x, kvHeads), heads / kvHeads);
  const keys = layer.eachHead(layer.k_proj.forward(rows), kvHeads, layer.k_norm);
  return { k: each(keys), v: each(layer.v_proj.forward(rows)) };
}

/** The adapters of one layer in one graph. Every method without adapters is the plain computation. */
export class Adapted {
  readonly context: BlockContext;
  constructor(
    private readonly adapters: readonly BlockAdapter[],
    context: BlockContext,
    /** Path of the layer, for messages. */
    private readonly path: string,
  ) {
    this.context = { ...context, whole: this.projects };
  }

  /** True where adapters act on projections, which then have to see all tokens in their places. */
  get projects(): boolean {
    return this.adapters.some((a) => a.project);
  }

  /** The residual stream before the layer. */
  before(x: Tensor): Tensor {
    return this.adapters.reduce((h, a) => a.before?.(h, this.context) ?? h, x);
  }

  /** The residual stream between attention and feed-forward. */
  between(x: Tensor): Tensor {
    return this.adapters.reduce((h, a) => a.between?.(h, this.context) ?? h, x);
  }

  /** The residual stream after the layer. */
  after(x: Tensor): Tensor {
    return this.adapters.reduce((h, a) => a.after?.(h, this.context) ?? h, x);
  }

  readonly project: Project = (name, linear, x) =>
    this.adapters.reduce((y, a) => a.project?.(name, linear, x, y, this.context) ?? y, linear.forward(x));

  /** What goes into the output projection of attention. Errors: `model.extension` for an adapter that needs heads where there are none. */
  attended({ out, heads }: Attended, layer?: SelfAttention): Tensor {
    let y = out;
    for (const a of this.adapters) {
      if (!a.attend) continue;
      if (!heads)
        throw new SensoriumError('model.extension', 'an adapter that acts on attention cannot run in this kind of graph', {
          place: this.path,
          got: a.constructor.name,
          hint: 'Run it in training or cached decoding, or write the adapter with before, project or feedForward',
        });
      const { q, out: plain, scale } = heads();
      const keysOf: KeysOf | undefined = layer && ((rows) => ({ ...keysBeside(layer, rows), scale }));
      y = y.add(mergeHeads(a.attend(q, plain, this.context, keysOf)));
    }
    return y;
  }

  /** The feed-forward of a layer; x: what goes into it. */
  feed(x: Tensor, plain: (x: Tensor, project: Project) => Tensor): Tensor {
    const own: PlainFeedForward = (y, project = this.project) => plain(y, project);
    const around = this.adapters.reduce<PlainFeedForward>(
      (inner, a) => (y, project) => a.feedForward?.(y, (z, other = project) => inner(z, other), this.context) ?? inner(y, project),
      own,
    );
    return around(x);
  }
}
