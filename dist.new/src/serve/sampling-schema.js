// How tokens are chosen, in the words of the OpenAI API and, for its extensions, of vLLM: fields that several endpoints share.
import { z } from 'zod';
import { structureFields, structureOf } from './structure-schema.js';
/** OpenAI takes 4; programs that complete code send more. */
const MOST_STOPS = 64;
/** A field of vLLM that may only say what is the case anyway. */
const only = (value) => z.literal(value, `only ${value}`).nullish();
/** How visual contrastive decoding is set. */
export const vcdFields = {
    alpha: z.number().min(0).max(100).optional().describe('strength; default 1'),
    beta: z.number().min(0).max(1).optional().describe('least probability of a token over the highest; default 0.1'),
    noise: z.int().min(0).max(999).optional().describe('diffusion step; default 500'),
    seed: z.int().optional(),
};
/** Fields of a request, to be spread into its schema. */
export const samplingFields = {
    temperature: z.number().min(0).max(2).nullish().describe('0 takes the likeliest token; default 1'),
    top_p: z.number().min(0).max(1).nullish(),
    top_k: z.int().min(-1).nullish().describe('an extension: sample among the k likeliest tokens; 0 and -1 for all'),
    min_p: z.number().min(0).max(1).nullish().describe('an extension: leave out tokens less than this many times as likely as the likeliest'),
    repetition_penalty: z.number().positive().max(10).nullish().describe('an extension: above 1 discourages tokens of prompt and reply'),
    seed: z.int().nullish(),
    stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(MOST_STOPS)]).nullish(),
    ignore_eos: z.boolean().nullish().describe('an extension: the reply goes on to the limit of its tokens'),
    min_tokens: z.int().min(0).nullish().describe('an extension: the reply does not end before so many tokens'),
    frequency_penalty: z.number().min(-2).max(2).nullish(),
    presence_penalty: z.number().min(-2).max(2).nullish(),
    logit_bias: z
        .record(z.string().regex(/^\d+$/, 'token ids'), z.number().min(-100).max(100))
        .refine((biases) => Object.keys(biases).length <= 300, 'at most 300 tokens')
        .nullish(),
    method: z
        .strictObject({ name: z.literal('vcd'), ...vcdFields })
        .nullish()
        .describe('an extension: a way of decoding; `vcd` contrasts the image with noise, and takes two slots of the model'),
    ...structureFields,
    skip_special_tokens: only(true),
    spaces_between_special_tokens: only(true),
    include_stop_str_in_output: only(false),
    use_beam_search: only(false),
    length_penalty: only(1),
    return_tokens_as_token_ids: only(false),
};
const shape = z.object(samplingFields);
/** What an engine is told of them. */
export function samplingOf(request) {
    const { temperature, top_p: topP, top_k: topK, stop, logit_bias: biases } = request;
    return {
        temperature: temperature ?? 1,
        // 0 keeps nothing but the likeliest token, as OpenAI has it; the sampler wants a share above 0.
        topP: typeof topP === 'number' ? Math.max(topP, 1e-9) : undefined,
        topK: topK && topK > 0 ? topK : undefined,
        minP: request.min_p || undefined,
        repetitionPenalty: request.repetition_penalty && request.repetition_penalty !== 1 ? request.repetition_penalty : undefined,
        seed: request.seed ?? undefined,
        stop: typeof stop === 'string' ? [stop] : (stop ?? undefined),
        ignoreEos: request.ignore_eos || undefined,
        minTokens: request.min_tokens || undefined,
        frequencyPenalty: request.frequency_penalty || undefined,
        presencePenalty: request.presence_penalty || undefined,
        method: request.method ?? undefined,
        logitBias: biases && Object.keys(biases).length > 0 ? biases : undefined,
        ...structureOf(request),
    };
}
/** Fields that steer the service around a model and not the reply: taken, without effect. */
export const serviceFields = {
    user: z.string().nullish(),
    metadata: z.record(z.string(), z.unknown()).nullish(),
    service_tier: z.string().nullish(),
    safety_identifier: z.string().nullish(),
    prompt_cache_key: z.string().nullish(),
    prompt_cache_retention: z.string().nullish(),
    prediction: z.unknown().optional(),
    priority: z.number().nullish(),
    request_id: z.string().nullish(),
};
//# sourceMappingURL=sampling-schema.js.map