// The shape of report.json, checked whenever one is written, so that what reads it can rely on it.

import { z } from 'zod';

const share = z.number().min(0).max(1);
const count = z.number().int().nonnegative();
const interval = z.tuple([share, share]);

const popeScoresSchema = z.object({
  accuracy: share,
  precision: share,
  recall: share,
  f1: share,
  yesRatio: share,
  n: count,
  unknown: count,
  accuracyInterval: interval,
  f1Interval: interval,
});
const popeSchema = z.object({ random: popeScoresSchema, popular: popeScoresSchema, adversarial: popeScoresSchema });
const proportionSchema = z.object({ value: share, low: share, high: share, n: count });

/** Schema of a `BenchBlock`. */
export const benchBlockSchema = z.object({
  pope: popeSchema,
  popeOfficial: popeSchema.optional(),
  vqa: z.object({
    existence: proportionSchema,
    color: proportionSchema,
    count: proportionSchema,
    relation: proportionSchema,
    text: proportionSchema,
  }),
  caption: z.object({
    chairI: share,
    chairS: share,
    chairSentence: share,
    cover: share,
    coverMacro: share,
    n: count,
    mentions: count,
    sentences: count,
    intervals: z.object({ chairI: interval, chairS: interval, cover: interval }),
  }),
});

/** Schema of one training stage as it stands in the report. */
export const stageSchema = z.object({
  name: z.string().min(1),
  steps: count,
  loss: z.object({ first: z.number().nullable(), last: z.number().nullable() }),
  tokensPerSecond: z.number().nonnegative().nullable(),
  gflops: z.number().nonnegative().nullable(),
  seconds: z.number().nonnegative().optional(),
});

const fields = {
  /** Layout version of the file. */
  version: z.literal(1),
  /** Where the numbers come from; never a natural-image benchmark. */
  world: z.object({ name: z.literal('scene world'), description: z.string() }),
  seconds: z.number().nonnegative(),
  stages: z.array(stageSchema),
  bench: benchBlockSchema,
  baselines: z.object({ alwaysYes: benchBlockSchema, alwaysNo: benchBlockSchema, blind: benchBlockSchema }),
  /** Scores on other splits or languages, by name. */
  splits: z.record(z.string(), benchBlockSchema).optional(),
  /** Single measures by name, for example zero-shot top-1. */
  measures: z.record(z.string(), proportionSchema).optional(),
  /** Samples asked: POPE probes per sampler, VQA questions in all, captions. */
  n: z.object({ pope: count, vqa: count, caption: count }),
  seed: z.number().int(),
  command: z.string(),
  versions: z.record(z.string(), z.string()),
};

/** Schema of `report.json`. Unknown top-level keys are kept, so that recipes may add their own. */
export const reportSchema = z.looseObject(fields);

/** What `report.json` holds. */
export type Report = z.infer<z.ZodObject<typeof fields>>;
