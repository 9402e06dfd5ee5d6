// Data sets on disk: samples, readers and writers.

export { type CheckOptions, checkData, type DataCheck } from './check.js';
export * from './constraints/index.js';
export { type ConversationOptions, conversations } from './conversations.js';
export { BadRowsError, type Converted, type ConvertOptions, convertData } from './convert.js';
export {
  type Conversation,
  type ConversationSet,
  type DataSource,
  type Dataset,
  type MediaContent,
  type MediaOrigin,
  mediaOf,
} from './dataset.js';
export { type Diversity, dataDiversity, diversityOf, rootOf, taskOf } from './diversity.js';
export type { Conversations, Format, FormatOptions, FormatWriteOptions, Written } from './format.js';
export { detectFormat, FORMATS, formatNamed } from './formats/index.js';
export * from './gpt4tools/index.js';
export * from './instruct/index.js';
export { type JsonRow, type JsonRowsOptions, jsonRows } from './json-rows.js';
export { LRV_KINDS, type LrvFacts, type LrvOptions, type LrvTurn, lrvTurns } from './lrv.js';
export { type LrvRow, type LrvRowOptions, lrvRows, type RowReader } from './lrv-rows.js';
export { type LrvSceneOptions, lrvScenes, sceneFacts } from './lrv-world.js';
export { lrvSceneRows, writeLrv } from './lrv-writer.js';
export { markedText } from './marks.js';
export { turnsAbout, turnsTold, worldMedia } from './media-worlds.js';
export {
  MIXTURE_KINDS,
  type MixtureData,
  type MixtureKind,
  type MixtureOptions,
  type MixturePart,
  mixture,
} from './mixture.js';
export { PairFile, type PairFileOptions, type PairRow } from './pair-file.js';
export { rejectedReply } from './prompts.js';
export { AXES, type Axis, PAIR_LAYOUTS } from './published-pairs.js';
export { type BadRow, badRow, type ReadOptions, RowError, type RowPlace } from './row.js';
export {
  type DataSample,
  messagesOf,
  type SampleImage,
  type SampleMessage,
  type SamplePart,
  type Samples,
  type SampleTurn,
  type WriteOptions,
} from './sample.js';
export { LLAVA_FILE, readLlava, readParquet, toSample, writeLlava, writeParquet } from './samples.js';
export { readScience, SCIENCE_FORMS, type ScienceForm, type ScienceProblem } from './science-qa.js';
export * from './select/index.js';
export { contactSheet } from './sheet.js';
export { type DataStats, type Distribution, dataStats, type StatsOptions } from './stats.js';
export { checkTarget, writeDataFile, writeDataFolder } from './target.js';
export {
  type LengthHint,
  readTemplates,
  type TemplateOptions,
  type TemplatePool,
  type TemplatePools,
  templatePools,
  withTemplates,
  worded,
} from './templates.js';
export { worldSamples } from './world.js';
