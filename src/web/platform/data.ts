// In place of `data/index.ts` in a browser: data sets that are made in memory, without the formats of files.

export { mediaOf } from '../../data/dataset.js';
export { rejectedReply } from '../../data/prompts.js';
export { badRow, RowError } from '../../data/row.js';
