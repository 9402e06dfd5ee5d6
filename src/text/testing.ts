// A small tokenizer for the tests of this folder: our special tokens, bytes, and merges of a few English and Chinese lines.

import { trainByteLevelBpe } from './bpe-train.js';
import { DEFAULT_TOKENIZER_CONFIG, SPECIAL_TOKENS } from './chat.js';
import { Tokenizer } from './tokenizer.js';

/** Lines with enough repetition for merges. */
export const LINES = [
  'The red cup is left of the dog. The dog is red.',
  "What is left of the red cup? It's the dog, isn't it?",
  '红色的杯子在狗的左边。狗是红色的。',
  '图片里有什么？图片里有一只狗和一个杯子。',
  'There are 12 cups at [0.25, 0.50]. Yes. No. end user text',
];

/** Deterministic test tokenizer of at most 400 tokens. */
export function testTokenizer(): Tokenizer {
  const json = trainByteLevelBpe([...LINES, ...LINES], { vocabSize: 400, specialTokens: SPECIAL_TOKENS });
  return Tokenizer.fromJson(json, DEFAULT_TOKENIZER_CONFIG);
}
