// The graph of cached decoding: one program for prompts and single tokens, over key-value buffers.

import { arange, gather, input, logSumExp, type Tensor, zeros } from '../graph/index.js';
import { firstTimes, imageTokens, lastImageBefore, split } from './language/block-media.js';
import type { CacheStrategy } from './language/cache.js';
import type { CausalDecoder } from './language/decoder.js';
import type { MultimodalNetwork } from './multimodal.js';
import type { BlockMedia, SequenceContext } from './parts.js';

/**
 * ids, features and caches -> logits at the flat positions `last` of [batch, seq] (as many as wanted), the logarithm of their sum of
 * exponentials, and the updated caches, which may hold any number of positions up to `capacity`. Where adapters read media, `media`,
 * [media_rows, row width], are the rows of all images so far, and `media_sequences` and `media_places`, int32 [media_rows], the sequence and the
 * place in it of each; a row of sequence -1 is nobody's, and at least one row is fed. Where an adapter at the end has a switch, `epsilon`, [picked],
 * says how far it is turned for each place. Where a head reads states, they are an output too: [picked, width].
 */
export function decodeGraph(network: CausalDecoder | MultimodalNetwork, language: CausalDecoder, capacity: number): Record<string, Tensor> {
  const ids = input('ids', ['batch', 'seq'], 'int32');
  const strategy = language.overCache(capacity);
  let x = language.embed(ids);
  let context: SequenceContext = {};
  if ('language_model' in network) {
    const at = input('image_positions', ['image_rows'], 'int32');
    x = network.fuse(ids, input('features', ['image_rows', language.rowWidth]), at);
    if (language.adapted)
      context = {
        // An engine writes the last row again to round their number up.
        images: { ...imageTokens(at, ['batch', 'seq']), first: firstTimes(at) },
        media: language.readsMedia ? cachedMedia(language, strategy) : undefined,
        attributes: network.attributes?.(ids),
      };
  }
  const hidden = language.hidden(x, strategy, context);
  const last = gather(hidden.reshape([-1, language.width]), input('last', ['picked'], 'int32'));
  const read = language.switched ? language.turned(last, input('epsilon', ['picked'])) : last;
  const logits = language.logits(read);
  // The log-probability of a token needs the sum over the vocabulary: 0.1 ms here, 1 to 2 ms in JavaScript.
  const states: Record<string, Tensor> = language.model.adapters.some((a) => a.readsStates) ? { states: last } : {};
  return { logits, log_sum: logSumExp(logits, -1), ...states, ...strategy.outputs };
}

function cachedMedia({ width, rowWidth }: CausalDecoder, strategy: CacheStrategy): BlockMedia {
  const of = (name: string): Tensor => input(name, ['media_rows'], 'int32');
  const place = strategy.positions?.() as Tensor;
  const sequence = zeros(place.shape, 'int32').add(arange('batch').reshape(['batch', 1]));
  const visible = lastImageBefore({ sequence, place }, { sequence: of('media_sequences'), place: of('media_places') });
  return { ...split(input('media', ['media_rows', rowWidth]), width), visible };
}
