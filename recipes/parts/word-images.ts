// Images of words: a scene as the tokens an image would become if encoder and connector were perfect. Each of 8x8 cells is the sum of the
// embeddings of what is said of it: name and tint in both languages, how many of its kind, column and row, and what is left, right … of it. A
// language model that has read questions about them knows how to look things up in image tokens before it gets any, so that only the
// connector is left to learn.

import { concat, constant, gather, input, type Tensor } from '../../src/graph/index.js';
import type { Llama } from '../../src/networks/index.js';
import { Linear, Module } from '../../src/nn/index.js';
import { type ChatTemplate, encodeChat, encodeDocument, type Sample, type Tokenizer } from '../../src/text/index.js';
import type { Objective } from '../../src/train/objective.js';
import { languageObjective, type TokenEmbedding } from '../../src/train/objectives/language.js';
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
  mostRelated,
  onlyCategory,
  RELATIONS,
  type Scene,
  TINTS,
} from '../../src/world/index.js';

/** Cells on a side. */
export const CELLS = 8;
/** Most words in a cell; the rest is left out. */
const WORDS = 12;
const COLUMNS = 'abcdefgh';
const ROWS = 'ABCDEFGH';

/** What of a category is said of a cell: its names in both languages. */
const namesOf = (c: number, tokenizer: Tokenizer): number[] => {
  const { en, zh } = CATEGORIES[c] as (typeof CATEGORIES)[number];
  return [` ${en}`, zh].flatMap((w) => [...tokenizer.encode(w)]);
};

/**
 * What is said of every cell, row by row, as token ids and, from the tokenizer's `vocabSize` on, as relations: that a dog is left of it is one
 * word. An empty cell has none. A printed word runs through its cells from left to right, as letters do.
 */
export function wordImage(scene: Scene, tokenizer: Tokenizer, options: { relations: boolean }): number[][] {
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
  scene.objects.forEach((o, b) => {
    const t = TINTS[o.tint] as (typeof TINTS)[number];
    const related = RELATIONS.flatMap((relation, r) => {
      const only = options.relations && onlyCategory(scene, b, relation);
      return only ? [tokenizer.vocabSize + only.category * RELATIONS.length + r] : [];
    });
    const said = [...namesOf(o.category, tokenizer), ...encode(` ${t.en}`, t.zh, String(counts.get(o.category))), ...related];
    fill(o.box, () => said);
  });
  if (scene.text) {
    const [sign, word] = [encode(' sign'), encode(scene.text.word)];
    fill(scene.text.box, (share) => [...sign, word[Math.min(word.length - 1, Math.max(0, Math.floor(share * word.length)))] as number]);
  }
  return cells;
}

/**
 * Words that no tokenizer has: in which relation a category stands. Each is the sum of the category's own words through a matrix of its
 * relation, which is thrown away after training: encoders may say it as they like.
 */
export class RelationWords extends Module {
  relate: Linear;
  constructor(readonly width: number) {
    super();
    this.relate = new Linear(width, RELATIONS.length * width, { bias: false });
  }
  /** table: words by id [vocabulary, width] -> [vocabulary + categories * relations, width]. */
  extend(table: Tensor, tokenizer: Tokenizer): Tensor {
    const names = CATEGORIES.map((_, c) => namesOf(c, tokenizer));
    const most = Math.max(...names.map((n) => n.length));
    const ids = hostTensor('int32', [names.length, most]);
    const there = hostTensor('float32', [names.length, most, 1]);
    names.forEach((n, c) => {
      ids.data.set(n, c * most);
      there.data.fill(1, c * most, c * most + n.length);
    });
    const categories = gather(table, constant(ids)).mul(constant(there)).sum(1);
    return concat([table, this.relate.forward(categories).reshape([-1, this.width])], 0);
  }
}

export interface WordImageOptions {
  network: Llama;
  /** Cells say what is left, right … of things in these words. Left out: not at all. */
  relations?: RelationWords;
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
  /** Every `every`-th document is plain text from here. */
  text?: { every: number; document(index: number): Sample };
}

/** A conversation, with the words of its cells where it is about an image of words. */
interface WordSample extends Sample {
  cells?: number[][];
}

/** Next tokens of conversations over word images, packed. */
export function wordImageObjective(o: WordImageOptions): Objective {
  const { network, tokenizer, template, rows, length } = o;
  const { chinese = 0.25, captions = 0, turns = 10, types, lists, relations, candidates, ...world } = o.data;
  const document = (index: number): WordSample => {
    if (o.text && index % o.text.every === 0) return o.text.document(index);
    const scene = mostRelated(index, world, candidates);
    const rng = new Rng(scene.noiseSeed).fork('words');
    const language: Language = rng.bool(chinese) ? 'zh' : 'en';
    const found = dialogue(scene, { language, rng, turns, captions, types, lists, relations });
    if (!found.turns.length) return encodeDocument(caption(scene, { language, detail: 'short', rng }), { tokenizer, maxLength: length });
    const sample = encodeChat(conversation(found), { tokenizer, template, imageTokens: CELLS * CELLS, maxLength: length });
    const cells = wordImage(scene, tokenizer, { relations: o.relations !== undefined });
    if (!o.questions) return { ...sample, cells };
    const mask = sample.mask.slice().fill(1);
    for (const [start, n] of sample.imageRuns) mask.fill(0, 0, start + n);
    return { ...sample, cells, mask, lossTokens: mask.reduce((a, b) => a + b, 0) };
  };
  const describe = { documents: 'conversations over word images', ...o.data, questions: o.questions, every: o.text?.every ?? 0 };
  return languageObjective({ network, rows, length, pad: 0, perBatch: o.perBatch, document, embedding: cellEmbedding(o), describe });
}

/** Cells are sums of word embeddings, all other tokens their own. ids: int32 [rows, length] -> [rows, length, width]. */
function cellEmbedding({ network, relations, tokenizer, rows, length }: WordImageOptions): TokenEmbedding<WordSample> {
  return {
    parameters: relations?.parameters() ?? [],
    embed(ids) {
      const own = network.embed(ids).mul(input('is_word', [rows, length, 1]));
      const { weight } = network.model.embed_tokens;
      const table = relations ? relations.extend(weight, tokenizer) : weight;
      const words = gather(table, input('cell_words', [rows, length, WORDS], 'int32'));
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
