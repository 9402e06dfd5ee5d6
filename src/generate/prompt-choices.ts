// How probable a prompt's own tokens are: each under the logits after those before it, with the likeliest beside it.

import { setImmediate } from 'node:timers/promises';
import type { Decoder } from './decoder.js';
import { fixedCapacity } from './engine/kv-memory.js';
import { type Choice, topChoices } from './sampling.js';

/** A token of a prompt. */
export interface PromptChoice {
  id: number;
  /** Undefined for the first token, which nothing comes before. */
  logProb: number | undefined;
  /** The most probable tokens at its place, as many as were asked for. */
  top: readonly Choice[];
}

/** Positions whose logits are in memory at a time, and after which others have their turn. */
const CHUNK = 32;

/** The tokens of a prompt of ids, without images. Errors: `generate.context`; rejects with the reason of `signal`. */
export async function promptChoices(
  decoder: Decoder,
  ids: Int32Array,
  { top = 0, signal }: { top?: number; signal?: AbortSignal } = {},
): Promise<PromptChoice[]> {
  const vocab = decoder.language.config.vocab_size;
  const cache = decoder.cache(1, fixedCapacity(decoder.program) ?? ids.length);
  const choices: PromptChoice[] = [{ id: ids[0] as number, logProb: undefined, top: [] }];
  for (let at = 0; at + 1 < ids.length; at += CHUNK) {
    signal?.throwIfAborted();
    const n = Math.min(CHUNK, ids.length - 1 - at);
    const { logits, logSums } = await decoder.read(cache, { ids: [ids.subarray(at, at + n)] }, n);
    for (let i = 0; i < n; i++) {
      const row = logits.data.subarray(i * vocab, (i + 1) * vocab);
      const [id, logSum] = [ids[at + i + 1] as number, logSums.data[i] as number];
      choices.push({ id, logProb: (row[id] as number) - logSum, top: top > 0 ? topChoices(row, top, logSum) : [] });
    }
    await setImmediate();
  }
  return choices;
}
