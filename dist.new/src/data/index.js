// Data sets on disk: samples, readers and writers.
export { checkData } from './check.js';
export { conversations } from './conversations.js';
export { BadRowsError, convertData } from './convert.js';
export { mediaOf, } from './dataset.js';
export { dataDiversity, diversityOf, rootOf, taskOf } from './diversity.js';
export { detectFormat, FORMATS, formatNamed } from './formats/index.js';
export * from './instruct/index.js';
export { jsonRows } from './json-rows.js';
export { LRV_KINDS, lrvTurns } from './lrv.js';
export { lrvRows } from './lrv-rows.js';
export { lrvScenes, sceneFacts } from './lrv-world.js';
export { lrvSceneRows, writeLrv } from './lrv-writer.js';
export { markedText } from './marks.js';
export { turnsAbout, worldMedia } from './media-worlds.js';
export { MIXTURE_KINDS, mixture, } from './mixture.js';
export { PairFile } from './pair-file.js';
export { rejectedReply } from './prompts.js';
export { AXES, PAIR_LAYOUTS } from './published-pairs.js';
export { badRow, RowError } from './row.js';
export { messagesOf, } from './sample.js';
export { LLAVA_FILE, readLlava, readParquet, toSample, writeLlava, writeParquet } from './samples.js';
export * from './select/index.js';
export { contactSheet } from './sheet.js';
export { dataStats } from './stats.js';
export { checkTarget, writeDataFile, writeDataFolder } from './target.js';
export { readTemplates, templatePools, withTemplates, worded, } from './templates.js';
export { worldSamples } from './world.js';
//# sourceMappingURL=index.js.map