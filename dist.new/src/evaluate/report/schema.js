// The shape of report.json, checked whenever one is written or read, so that what reads it can rely on it.
import { z } from 'zod';
import { FAULT_KINDS } from '../faults.js';
const share = z.number().min(0).max(1);
const count = z.number().int().nonnegative();
/** Schema of a `Score`. */
export const scoreSchema = z.object({
    name: z.string().min(1),
    value: z.number(),
    low: z.number(),
    high: z.number(),
    n: count,
    better: z.enum(['higher', 'lower', 'neither']),
    note: z.string().optional(),
    detail: z.boolean().optional(),
});
/** Schema of a `Fault`. */
export const faultSchema = z.object({
    kind: z.enum(Object.keys(FAULT_KINDS)),
    n: count,
    rows: z.array(z.string()),
});
/** Schema of a `BenchResult`: any benchmark, any responders. */
export const resultSchema = z.object({
    name: z.string().min(1),
    title: z.string(),
    about: z.string(),
    n: count,
    scores: z.record(z.string(), z.array(scoreSchema)),
    faults: z.array(faultSchema).optional(),
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
/** The layout that is written. */
export const REPORT_VERSION = 2;
/** The name under which results of the scene world go: they say nothing about photographs. */
export const SCENE_WORLD = 'scene world';
const fields = {
    /** Layout version of the file. */
    version: z.literal(REPORT_VERSION),
    /** Where the rows come from: the scene world, or files. */
    source: z.object({ name: z.string().min(1), description: z.string() }),
    seconds: z.number().nonnegative(),
    /** Training stages; none where a model was only measured. */
    stages: z.array(stageSchema),
    benchmarks: z.array(resultSchema),
    /** Results on other splits or languages, by name. */
    splits: z.record(z.string(), z.array(resultSchema)).optional(),
    /** Single measures by name, for example zero-shot top-1. */
    measures: z.record(z.string(), z.object({ value: share, low: share, high: share, n: count })).optional(),
    /** What else is to be said of the replies, such as those of a file that no row has taken. */
    notes: z.array(z.string()).optional(),
    seed: z.number().int(),
    command: z.string(),
    versions: z.record(z.string(), z.string()),
};
/** Schema of `report.json`. Unknown top-level keys are kept, so that recipes may add their own. */
export const reportSchema = z.looseObject(fields);
//# sourceMappingURL=schema.js.map