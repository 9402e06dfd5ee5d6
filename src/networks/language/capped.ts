// Attention whose scores may be capped (Gemma 2), from ordinary operators.

import { attention, type Tensor } from '../../graph/index.js';
import { scoreScale } from './attention.js';
import type { DecoderConfig } from './config.js';

/**
 * Attention over q, k, v: [batch, heads, n, d], with as many heads each; `mask` is additive. Where the config has a cap, scores become
 * cap * tanh(score / cap) before the mask.
 */
export function cappedAttention(c: DecoderConfig, [q, k, v]: readonly [Tensor, Tensor, Tensor], mask: Tensor): Tensor {
  return c.attn_logit_softcapping
    ? cappedScores(c, q, k).add(mask).softmax().matMul(v)
    : attention(q, k, v, { mask, scale: scoreScale(c) });
}

/** Scaled scores [batch, heads, n, m], capped where the config says so. */
export function cappedScores(c: DecoderConfig, q: Tensor, k: Tensor): Tensor {
  const cap = c.attn_logit_softcapping;
  const scores = q.mul(cap ? scoreScale(c) / cap : scoreScale(c)).matMul(k.transpose());
  return cap ? scores.tanh().mul(cap) : scores;
}
