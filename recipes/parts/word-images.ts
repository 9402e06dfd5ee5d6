// Images of words: a scene as the tokens an image would become if encoder and connector were perfect. Each of 8x8 cells is the sum of the
// embeddings of what is said of it: name and tint in both languages, how many of its kind, column and row. A language model that has read
// questions about them knows how to look things up in image tokens before it gets any, so that only the connector is left to learn.

import { gather, input } from '../../src/graph/index.js';
import type { Llama } from '../../src/models/index.js';
import { type ChatTemplate, encodeChat, encodeDocument, type Sample, type Tokenizer } from '../../src/text/index.js';
import type { Objective } from '../../src/train/objective.js';
import { type LanguageOptions, languageObjective } from '../../src/train/objectives/language.js';
import { conversation } from '../../src/train/world-samples.js';
import { hostTensor } from '../../src/util/host.js';
import { Rng } from '../../src/util/rng.js';
import {
  type Box,
  CATEGORIES,
  caption,
  cellOf,
  dialogue,
  groupsOf,
  type InstructionOptions,
  type Language,
  makeScene,
  type Scene,
  TINTS,
} from '../../src/world/index.js';

/** Cells on a side. */
export const CELLS = 8;
/** Most words in a cell; the rest is left out. */
const WORDS = 12;
const COLUMNS = 'abcdefgh';
const ROWS = 'ABCDEFGH';

/**
 * What is said of every cell, row by row, as token ids; an empty cell has none. A printed word runs through its cells from left to right,
 * as letters do.
 */
export function wordImage(scene: Scene, tokenizer: Tokenizer): number[][] {
  const cells: number[][] = Array.from({ length: CELLS * CELLS }, () => []);
  const counts = new Map(groupsOf(scene).map((g) => [g.category, g.objects.length]));
  const encode = (...words: string[]): number[] => words.flatMap((w) => [...tokenizer.encode(w)]);
  const fill = (box: Box, said: (share: number) => number[]): void => {
    const [x0, y0, x1, y1] = box;
    const [column, row] = cellOf(scene, { box }, CELLS);
    const where = encode(COLUMNS[column] as string, ROWS[row] as string);
    const unit = scene.size / CELLS;
    for (let y = 0; y < CELLS; y++)
      for (let x = 0; x < CELLS; x++) {
        // Half of a cell's width has to be covered; later objects cover earlier ones.
        if ((x + 0.75) * unit <= x0 || (x + 0.25) * unit >= x1 || (y + 0.75) * unit <= y0 || (y + 0.25) * unit >= y1) continue;
        cells[y * CELLS + x] = [...said(((x + 0.5) * unit - x0) / (x1 - x0)), ...where].slice(0, WORDS);
      }
  };
  for (const o of scene.objects) {
    const [c, t] = [CATEGORIES[o.category], TINTS[o.tint]] as [(typeof CATEGORIES)[number], (typeof TINTS)[number]];
    const said = encode(` ${c.en}`, c.zh, ` ${t.en}`, t.zh, String(counts.get(o.category)));
    fill(o.box, () => said);
  }
  if (scene.text) {
    const [sign, word] = [encode(' sign'), encode(scene.text.word)];
    fill(scene.text.box, (share) => [...sign, word[Math.min(word.length - 1, Math.max(0, Math.floor(share * word.length)))] as number]);
  }
  return cells;
}

export interface WordImageOptions {
  network: Llama;
  tokenizer: Tokenizer;
  template: ChatTemplate;
  rows: number;
  length: number;
  /** Documents drawn for one batch. */
  perBatch: number;
  /** Conversations over word images. */
  data: InstructionOptions & { seed: number };
  /** Predict the questions too, not the replies alone. */
  questions: boolean;
  /** Every so manieth document is plain text from here. */
  text?: { every: number; document(index: number): Sample };
}

/** A conversation, with the words of its cells where it is about an image of words. */
interface WordSample extends Sample {
  cells?: number[][];
}

/** Next tokens of conversations over word images, packed. */
export function wordImageObjective(o: WordImageOptions): Objective {
  const { network, tokenizer, template, rows, length } = o;
  const { chinese = 0.25, captions = 0, turns = 10, types, lists, ...world } = o.data;
  const document = (index: number): WordSample => {
    if (o.text && index % o.text.every === 0) return o.text.document(index);
    const scene = makeScene(index, world);
    const rng = new Rng(scene.noiseSeed).fork('words');
    const language: Language = rng.bool(chinese) ? 'zh' : 'en';
    const found = dialogue(scene, { language, rng, turns, captions, types, lists });
    if (!found.turns.length) return encodeDocument(caption(scene, { language, detail: 'short', rng }), { tokenizer, maxLength: length });
    const sample = encodeChat(conversation(found), { tokenizer, template, imageTokens: CELLS * CELLS, maxLength: length });
    const cells = wordImage(scene, tokenizer);
    if (!o.questions) return { ...sample, cells };
    const mask = sample.mask.slice().fill(1);
    for (const [start, n] of sample.imageRuns) mask.fill(0, 0, start + n);
    return { ...sample, cells, mask, lossTokens: mask.reduce((a, b) => a + b, 0) };
  };
  const describe = { documents: 'conversations over word images', ...o.data, questions: o.questions, every: o.text?.every ?? 0 };
  return languageObjective({ network, rows, length, pad: 0, perBatch: o.perBatch, document, embedding: cellEmbedding(o), describe });
}

/** Cells are sums of word embeddings, all other tokens their own. ids: int32 [rows, length] -> [rows, length, width]. */
function cellEmbedding({ network, rows, length }: WordImageOptions): LanguageOptions<WordSample>['embedding'] {
  return {
    embed(ids) {
      const own = network.embed(ids).mul(input('is_word', [rows, length, 1]));
      const words = gather(network.model.embed_tokens.weight, input('cell_words', [rows, length, WORDS], 'int32'));
      return own.add(words.mul(input('cell_weights', [rows, length, WORDS, 1])).sum(2));
    },
    feeds({ placements }, samples) {
      const isWord = hostTensor('float32', [rows, length, 1]);
      isWord.data.fill(1);
      const cellWords = hostTensor('int32', [rows, length, WORDS]);
      const cellWeights = hostTensor('float32', [rows, length, WORDS, 1]);
      for (const p of placements) {
        const { cells, imageRuns } = samples[p.sample] as WordSample;
        const start = imageRuns[0]?.[0];
        if (!cells || start === undefined) continue;
        cells.forEach((words, c) => {
          const at = p.row * length + p.start + start + c;
          isWord.data[at] = 0;
          cellWords.data.set(words, at * WORDS);
          cellWeights.data.fill(1, at * WORDS, at * WORDS + words.length);
        });
      }
      return { is_word: isWord, cell_words: cellWords, cell_weights: cellWeights };
    },
  };
}
