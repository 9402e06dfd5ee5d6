// Measuring a model: metrics over plain data, benchmarks over the scene world and over files, degenerate baselines, reports.
// Names that the world exports too (Language, Negative, QuestionType and their lists) are not exported again.

export * from './benchmark.js';
export * from './benchmarks/index.js';
export { type Blind, blindFor } from './blind.js';
export * from './chair.js';
export { choiceAccuracy, parseChoice } from './choice.js';
export * from './compare.js';
export * from './degenerate.js';
export { FAULT_KINDS, type Fault, type FaultKind } from './faults.js';
export { ask, base64Image, drawRows, type FileRecord, type FileRow, parseRow, recordsOf } from './file-benchmark.js';
export type { FileSource } from './file-rows.js';
export * from './judge.js';
export * from './judge-check.js';
export * from './judge-items.js';
export { HAELM_WORDS, haelmMessages, haelmPrompt, pairPrompt, ratingPrompt, readHaelm, readPair, readRating } from './judge-prompts.js';
export { findLeaks, type LeakOptions, type LeakResult, type PictureHash, pictureHash } from './leak.js';
export { meanImage } from './mean-image.js';
export * from './mentions.js';
export { anls } from './metrics/anls.js';
export { type Box, boxesIn, iou, matchBoxes } from './metrics/boxes.js';
export * from './metrics/calibration.js';
export { captionTokens } from './metrics/caption-tokens.js';
export * from './metrics/captions.js';
export * from './metrics/detection.js';
export { cohenKappa, type KappaWeights, kappaOf } from './metrics/kappa.js';
export { krippendorffAlpha, type Measurement } from './metrics/krippendorff.js';
export { meteorCounts, meteorOf, type Synonyms } from './metrics/meteor.js';
export { openAnswer, wordRecall } from './metrics/open-answer.js';
export { optionSimilarity } from './metrics/option-similarity.js';
export * from './metrics/paired.js';
export { relaxedAccuracy, relaxedOfficial } from './metrics/relaxed.js';
export { bootstrap, type Interval, meanInterval } from './metrics/resample.js';
export * from './metrics/retrieval.js';
export { rougeL } from './metrics/rouge.js';
export { sensitivity, taskSensitivity } from './metrics/sensitivity.js';
export { type ToolScores, toolScores } from './metrics/tool-steps.js';
export { exactMatch, vqaAccuracy, vqaByType, vqaConsensus } from './metrics/vqa.js';
export * from './metrics/vqa-normalize.js';
export { normalizeAnswerOfficial, vqaConsensusOfficial } from './metrics/vqa-official.js';
export { readWordNet, type WordNet } from './metrics/wordnet.js';
export * from './metrics/zero-shot.js';
export { modelJudge } from './model-judge.js';
export { parseNumber } from './numbers.js';
export { type ChoiceRule, chooseOption } from './option-choice.js';
export { type PopePair, type PopeScores, popeScores, scorePope } from './pope.js';
export * from './pope-generate.js';
export { type RecordedResponder, type RecordedSummary, recordedResponder } from './recorded.js';
export * from './replies/index.js';
export { withoutThinking } from './reply.js';
export {
  browseSamples,
  type LossCurve,
  pickSamples,
  type ReportBox,
  type ReportData,
  type ReportSample,
  replyLine,
} from './report/data.js';
export { type Report, reportSchema, resultSchema, scoreSchema, stageSchema } from './report/schema.js';
export { readReport, toReport, writeReport } from './report/write.js';
export * from './responder.js';
export * from './retrieval-run.js';
export { measureReward, type RewardMeasure, type ScoredPair } from './reward.js';
export { rowKeys } from './row-keys.js';
export { type RowScore, rowScores } from './row-scores.js';
export { type RunRow, type RunRows, readRunRows } from './run-rows.js';
export * from './runner.js';
export { type LogOptions, writeSampleLog } from './sample-log.js';
export { type BenchSource, type Pixels, type SceneImage, Scenes, type SourceProbe, type SourceQuestion } from './scenes.js';
export type { ServerOptions } from './server-call.js';
export { serverJudge } from './server-judge.js';
export { serverResponder } from './server-responder.js';
export * from './wilson.js';
export * from './world-source.js';
export * from './yes-no.js';
