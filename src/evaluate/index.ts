// Measuring a model: metrics over plain data, benchmarks over the scene world and over files, degenerate baselines, reports.
// Names that the world exports too (Language, Negative, QuestionType and their lists) are not exported again.

export * from './benchmark.js';
export * from './benchmarks/index.js';
export * from './chair.js';
export { choiceAccuracy, parseChoice } from './choice.js';
export * from './degenerate.js';
export type { FileSource } from './file-rows.js';
export { meanImage, withImage } from './mean-image.js';
export * from './mentions.js';
export { anls } from './metrics/anls.js';
export * from './metrics/retrieval.js';
export { exactMatch, vqaAccuracy, vqaByType, vqaConsensus } from './metrics/vqa.js';
export * from './metrics/vqa-normalize.js';
export { normalizeAnswerOfficial, vqaConsensusOfficial } from './metrics/vqa-official.js';
export * from './metrics/zero-shot.js';
export { parseNumber } from './numbers.js';
export { type PopePair, type PopeScores, popeScores, scorePope } from './pope.js';
export { withoutThinking } from './reply.js';
export { type LossCurve, pickSamples, type ReportBox, type ReportData, type ReportSample } from './report/data.js';
export { type Report, reportSchema, resultSchema, scoreSchema, stageSchema } from './report/schema.js';
export { readReport, toReport, writeReport } from './report/write.js';
export * from './responder.js';
export * from './runner.js';
export { type BenchSource, type Pixels, type SceneImage, Scenes, type SourceProbe, type SourceQuestion } from './scenes.js';
export * from './wilson.js';
export * from './world-source.js';
export * from './yes-no.js';
