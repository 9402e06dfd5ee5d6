import type { z } from 'zod';
/**
 * The config as `schema` completes it; `types` are the names of processors with this arithmetic (their `Fast` and `Pil` forms included).
 * Errors: `media.config`, naming the key.
 */
export declare function parseImageConfig<C>(schema: z.ZodType<C>, raw: unknown, { types, place, what }: {
    types: readonly string[];
    place: string;
    what?: string;
}): C;
