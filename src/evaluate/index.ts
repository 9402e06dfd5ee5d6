// Measuring a model: metrics over plain data, benchmarks over the scene world, degenerate baselines, reports.
// Names that the world exports too (Language, Negative, QuestionType and their lists) are not exported again.

export * from './answerer.js';
export * from './ask-model.js';
export * from './chair.js';
export { choiceAccuracy, parseChoice } from './choice.js';
export * from './degenerate.js';
export * from './mentions.js';
export { parseNumber } from './numbers.js';
export { type PopePair, type PopeScores, popeScores, scorePope } from './pope.js';
export { withoutThinking } from './reply.js';
export { countsOf, type LossCurve, pickSamples, type ReportBox, type ReportData, type ReportSample } from './report/data.js';
export { benchBlockSchema, type Report, reportSchema, stageSchema } from './report/schema.js';
export { toReport, writeReport } from './report/write.js';
export * from './retrieval.js';
export * from './runner.js';
export {
  type BenchImage,
  type BenchOptions,
  type BenchSample,
  type BenchSet,
  type BenchSource,
  buildBench,
  DEFAULT_COUNTS,
  type LabelledBox,
  type Pixels,
  type SourceProbe,
  type SourceQuestion,
} from './samples.js';
export { exactMatch, vqaAccuracy, vqaByType, vqaConsensus } from './vqa.js';
export * from './vqa-normalise.js';
export { normalizeAnswerOfficial, vqaConsensusOfficial } from './vqa-official.js';
export * from './wilson.js';
export * from './world-source.js';
export * from './yes-no.js';
export * from './zero-shot.js';
