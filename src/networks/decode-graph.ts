// The graph of cached decoding: one program for prompts and single tokens, over key-value buffers.

import { gather, input, logSumExp, type Tensor } from '../graph/index.js';
import type { CausalDecoder } from './language/decoder.js';
import type { MultimodalNetwork } from './multimodal.js';

/**
 * ids, features and caches -> logits at the flat positions `last` of [batch, seq] (as many as wanted), the logarithm of their sum of
 * exponentials, and the updated caches, which may hold any number of positions up to `capacity`.
 */
export function decodeGraph(network: CausalDecoder | MultimodalNetwork, language: CausalDecoder, capacity: number): Record<string, Tensor> {
  const ids = input('ids', ['batch', 'seq'], 'int32');
  const x =
    'language_model' in network
      ? network.fuse(ids, input('features', ['image_rows', language.rowWidth]), input('image_positions', ['image_rows'], 'int32'))
      : language.embed(ids);
  const strategy = language.overCache(capacity);
  const hidden = language.hidden(x, strategy);
  const last = gather(hidden.reshape([-1, language.width]), input('last', ['picked'], 'int32'));
  const logits = language.logits(last);
  // The log-probability of a token needs the sum over the vocabulary: 0.1 ms here, 1 to 2 ms in JavaScript.
  return { logits, log_sum: logSumExp(logits, -1), ...strategy.outputs };
}
