// How probable a prompt's own tokens are: each under the logits after those before it, with the likeliest beside it.
import { setImmediate } from 'node:timers/promises';
import { KvSlots } from './engine/kv-slots.js';
import { topChoices } from './sampling.js';
/** Positions whose logits are in memory at a time, and after which others have their turn. */
const CHUNK = 32;
/** The tokens of a prompt of ids, without images. Errors: `generate.context`; rejects with the reason of `signal`. */
export async function promptChoices(decoder, ids, { top = 0, signal } = {}) {
    const vocab = decoder.language.config.vocab_size;
    const cache = decoder.cache(1, KvSlots.fixedCapacity(decoder.program) ?? ids.length);
    const choices = [{ id: ids[0], logProb: undefined, top: [] }];
    for (let at = 0; at + 1 < ids.length; at += CHUNK) {
        signal?.throwIfAborted();
        const n = Math.min(CHUNK, ids.length - 1 - at);
        const { logits, logSums } = await decoder.read(cache, { ids: [ids.subarray(at, at + n)] }, n);
        for (let i = 0; i < n; i++) {
            const row = logits.data.subarray(i * vocab, (i + 1) * vocab);
            const [id, logSum] = [ids[at + i + 1], logSums.data[i]];
            choices.push({ id, logProb: row[id] - logSum, top: top > 0 ? topChoices(row, top, logSum) : [] });
        }
        await setImmediate();
    }
    return choices;
}
//# sourceMappingURL=prompt-choices.js.map