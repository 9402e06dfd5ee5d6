// How published models stretch rotary positions to longer contexts: `rope_scaling` of config.json, and the frequencies it gives.
import { z } from 'zod';
import { plainFrequencies } from './rope.js';
const factor = z.number().min(1);
const context = z.number().int().positive();
/** `rope_scaling` of config.json, by type; the older key `type` is read as `rope_type`. Other types are refused by name. */
export const ropeScaling = z.discriminatedUnion('rope_type', [
    z.object({ rope_type: z.literal('linear'), factor }),
    z.object({ rope_type: z.literal('dynamic'), factor }),
    z.object({
        rope_type: z.literal('llama3'),
        factor,
        low_freq_factor: z.number().positive(),
        high_freq_factor: z.number().positive(),
        original_max_position_embeddings: context,
    }),
    z.object({
        rope_type: z.literal('yarn'),
        factor,
        original_max_position_embeddings: context.optional(),
        attention_factor: z.number().positive().nullish(),
        beta_fast: z.number().positive().nullish(),
        beta_slow: z.number().positive().nullish(),
        mscale: z.number().nonnegative().nullish(),
        mscale_all_dim: z.number().nonnegative().nullish(),
        truncate: z.boolean().nullish(),
    }),
]);
/** The frequencies of a head whose settings are `c`, stretched as `s` says, for texts of up to `length` tokens; and what cosines and sines are multiplied by. */
export function stretched(c, s, length) {
    const base = plainFrequencies(c.head_dim, c.rope_theta);
    switch (s.rope_type) {
        case 'linear':
            return { frequencies: base.map((f) => f / s.factor), amplitude: 1 };
        case 'dynamic': {
            // "NTK-aware": the base grows with the length beyond the context that the model was trained for.
            const ratio = Math.max(length, c.max_position_embeddings) / c.max_position_embeddings;
            const theta = c.rope_theta * (s.factor * ratio - (s.factor - 1)) ** (c.head_dim / (c.head_dim - 2));
            return { frequencies: plainFrequencies(c.head_dim, theta), amplitude: 1 };
        }
        case 'llama3':
            return { frequencies: base.map((f) => llama3(f, s)), amplitude: 1 };
        case 'yarn':
            return yarn(c, s, base);
    }
}
/** Llama 3.1: waves longer than the original context are slowed by `factor`, short ones kept, those between blended. */
function llama3(f, s) {
    const turns = (s.original_max_position_embeddings * f) / (2 * Math.PI); // within the original context
    const blend = Math.min(1, Math.max(0, (turns - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor)));
    return (1 - blend) * (f / s.factor) + blend * f;
}
/** YaRN (Peng et al. 2023): a ramp over the dimensions between kept and slowed frequencies, and warmer attention. */
function yarn(c, s, base) {
    const original = s.original_max_position_embeddings ?? c.max_position_embeddings;
    const { factor } = s;
    const dimension = (turns) => (c.head_dim * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(c.rope_theta));
    const [fast, slow] = [dimension(s.beta_fast || 32), dimension(s.beta_slow || 1)];
    const whole = s.truncate ?? true;
    const low = Math.max(whole ? Math.floor(fast) : fast, 0);
    const high = Math.min(whole ? Math.ceil(slow) : slow, c.head_dim - 1);
    const span = high === low ? 0.001 : high - low;
    const frequencies = base.map((f, i) => {
        const slowed = Math.min(1, Math.max(0, (i - low) / span));
        return slowed * (f / factor) + (1 - slowed) * f;
    });
    const warmth = (m) => (factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1);
    const inferred = s.mscale && s.mscale_all_dim ? warmth(s.mscale) / warmth(s.mscale_all_dim) : warmth(1);
    return { frequencies, amplitude: s.attention_factor ?? inferred };
}
//# sourceMappingURL=rope-scaling.js.map