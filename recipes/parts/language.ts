// world-llama: a small LLaMA that reads and writes about scenes in English and Chinese, trained without pixels.
// Most documents are conversations about images of words, some about notes of a scene, so that questions are learnt before images are.

import { type Llama, llama } from '../../src/networks/index.js';
import { type ChatTemplate, encodeChat, encodeDocument, type Sample, type Tokenizer } from '../../src/text/index.js';
import { defineRecipe, defineStage, ModelState, type Recipe } from '../../src/train/index.js';
import { VOCABULARY, worldTemplate, worldTokenizer } from '../../src/train/world-tokenizer.js';
import { Rng } from '../../src/util/rng.js';
import {
  type Box,
  CATEGORIES,
  caption,
  cellOf,
  dialogue,
  type Language,
  makeScene,
  type Scene,
  TINTS,
  type WorldOptions,
} from '../../src/world/index.js';
import { RelationWords, type WordImageOptions, wordImageObjective } from './word-images.js';

/** 4 layers of width 128, about a million parameters. */
export const worldLlamaOptions = { width: 128, layers: 4, heads: 4, feedForward: 384, positions: 256, vocabSize: VOCABULARY } as const;

const COLUMNS = 'abcdefgh';

/**
 * A scene in words: each object with its cell on an 8x8 grid, in random order: `b2 red dog, f6 blue cup, d4 word stop.` What is said of an
 * object stands before its name, so that whoever finds the name has it all, as with the token of an image patch.
 */
export function sceneNotes(scene: Scene, language: Language, rng: Rng): string {
  const at = (box: Box): string => {
    const [column, row] = cellOf(scene, { box }, 8);
    return `${COLUMNS[column]}${row + 1}`;
  };
  const items = scene.objects.map((o) => {
    const [c, t] = [CATEGORIES[o.category], TINTS[o.tint]] as [(typeof CATEGORIES)[number], (typeof TINTS)[number]];
    return language === 'en' ? `${at(o.box)} ${t.en} ${c.en}` : `${at(o.box)}${t.zh}${c.zh}`;
  });
  if (scene.text) items.push(`${at(scene.text.box)}${language === 'en' ? ' word' : '文字'} ${scene.text.word}`);
  return `${rng.shuffle(items).join(language === 'en' ? ', ' : '、')}${language === 'en' ? '.' : '。'}`;
}

/** Plain text, document `index`: seven of eight are notes with a conversation, the rest plain captions; every token is to be predicted. */
export function worldDocuments(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  maxLength: number,
  options: WorldOptions & { chinese?: number } = {},
): (index: number) => Sample {
  const { chinese = 0.25, ...world } = options;
  return (index) => {
    const scene = makeScene(index, world);
    const rng = new Rng(scene.noiseSeed).fork('document');
    const language: Language = rng.bool(chinese) ? 'zh' : 'en';
    if (index % 8 === 7)
      return encodeDocument(caption(scene, { language, detail: rng.bool() ? 'long' : 'short', rng }), { tokenizer, maxLength });
    const { turns } = dialogue(scene, { language, rng, turns: 10 });
    const sample = encodeChat(
      [{ role: 'system', content: sceneNotes(scene, language, rng) }, ...turns.map(({ role, content }) => ({ role, content }))],
      { tokenizer, template, maxLength },
    );
    return { ...sample, mask: sample.mask.fill(1), lossTokens: sample.ids.length - 1 };
  };
}

export const worldLlama = llama(worldLlamaOptions).build().nameParameters();

const common = { lr: 3e-3, weightDecay: 0.05, betas: [0.9, 0.98] as [number, number], blindEvery: 0 };

/**
 * The stages that make `network` read and write about scenes, of `share` times as many steps as world-llama's.
 * Lists first: what is known of a thing is learnt right behind its name within a few hundred steps, out of a whole question never
 * (docs/training-small.md). Then questions whose answers such look-ups are; then everything, plain text included; last what is
 * left, right … of things, the hardest to read.
 */
export function languageRecipe(name: string, network: Llama, share = 1): Recipe {
  const relationWords = new RelationWords(network.width).nameParameters('relation_words');
  /** Conversations over images of words (word-images.ts); `text`: every `text`-th document is one of `worldDocuments`. */
  const words = defineStage(
    'language',
    { rows: 8, length: 256, perBatch: 10, data: { seed: 2 } as WordImageOptions['data'], questions: false, text: 0, related: false },
    ({ options: { data, text, related, ...options } }) => {
      const tokenizer = worldTokenizer();
      const template = worldTemplate(tokenizer);
      const document = worldDocuments(tokenizer, template, options.length, { seed: data.seed });
      return wordImageObjective({
        network,
        ...(related ? { relations: relationWords } : {}),
        tokenizer,
        template,
        data,
        ...options,
        ...(text ? { text: { every: text, document } } : {}),
      });
    },
  );
  const steps = (n: number): number => Math.round(n * share);
  /** Everything, in scenes where much can be asked of relations, which the cells say. */
  const relations = (name: string, n: number, data: WordImageOptions['data']) =>
    words({
      name,
      steps: steps(n),
      perBatch: 12,
      data: { ...data, turns: 12, captions: 0.1, chinese: 0.25 },
      questions: true,
      text: 8,
      related: true,
      minRatio: 0.02,
      ...common,
    });
  return defineRecipe({
    name,
    seed: 0,
    state: ({ seed }) => new ModelState([...network.parameters(), ...relationWords.parameters()], { seed }),
    stages: [
      words({ name: 'lists', steps: steps(300), perBatch: 12, data: { seed: 12, lists: 1, chinese: 0.2 }, minRatio: 1, ...common }),
      words({
        name: 'lookups',
        steps: steps(400),
        perBatch: 12,
        data: { seed: 13, lists: 0.3, types: ['color', 'count', 'relation'], turns: 9, chinese: 0.2 },
        minRatio: 0.8,
        ...common,
      }),
      words({
        name: 'language',
        steps: steps(2000),
        data: { seed: 14, lists: 0.1, turns: 12, captions: 0.15, chinese: 0.25 },
        questions: true,
        text: 4,
        minRatio: 0.02,
        ...common,
      }),
      relations('relations', 800, { seed: 15, lists: 0.5, relations: 12, candidates: 2 }),
      relations('relations-more', 1200, { seed: 16, lists: 0.45, relations: 16, candidates: 3 }),
      relations('relations-asked', 1000, { seed: 17, lists: 0.2, relations: 16, candidates: 4 }),
    ],
  });
}

export default languageRecipe('world-llama', worldLlama);
