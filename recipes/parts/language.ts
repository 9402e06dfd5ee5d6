// world-llama: a small LLaMA that reads and writes about scenes in English and Chinese, trained on text alone.
// Most documents are notes of a scene in words followed by a conversation about it, so that questions are learnt before images are.

import { llama } from '../../src/models/index.js';
import { type ChatTemplate, encodeChat, encodeDocument, type Sample, type Tokenizer } from '../../src/text/index.js';
import { defineRecipe, defineStage } from '../../src/train/index.js';
import { languageObjective } from '../../src/train/objectives/language.js';
import { VOCABULARY, worldTemplate, worldTokenizer } from '../../src/train/world-tokenizer.js';
import { Rng } from '../../src/util/rng.js';
import { CATEGORIES, caption, dialogue, type Language, makeScene, type Scene, TINTS, type WorldOptions } from '../../src/world/index.js';

/** 4 layers of width 128, about a million parameters. */
export const worldLlamaOptions = { width: 128, layers: 4, heads: 4, feedForward: 384, positions: 256, vocabSize: VOCABULARY } as const;

const COLUMNS = 'abcdefgh';

/**
 * A scene in words: each object with its cell on an 8x8 grid, in random order: `b2 red dog, f6 blue cup, d4 word stop.` What is said of an
 * object stands before its name, so that whoever finds the name has it all, as with the token of an image patch.
 */
export function sceneNotes(scene: Scene, language: Language, rng: Rng): string {
  const at = (box: readonly number[]): string => {
    const cell = (lo: number, hi: number): number => Math.min(7, Math.floor(((lo + hi) / 2 / scene.size) * 8));
    return `${COLUMNS[cell(box[0] as number, box[2] as number)]}${cell(box[1] as number, box[3] as number) + 1}`;
  };
  const items = scene.objects.map((o) => {
    const [c, t] = [CATEGORIES[o.category], TINTS[o.tint]] as [(typeof CATEGORIES)[number], (typeof TINTS)[number]];
    return language === 'en' ? `${at(o.box)} ${t.en} ${c.en}` : `${at(o.box)}${t.zh}${c.zh}`;
  });
  if (scene.text) items.push(`${at(scene.text.box)}${language === 'en' ? ' word' : '文字'} ${scene.text.word}`);
  return `${rng.shuffle(items).join(language === 'en' ? ', ' : '、')}${language === 'en' ? '.' : '。'}`;
}

/** Document `index`: seven of eight are notes with a conversation, the rest plain captions; every token is to be predicted. */
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

const nextToken = defineStage('language', { rows: 8, length: 224, perBatch: 13, scenesSeed: 2 }, ({ options }) => {
  const tokenizer = worldTokenizer();
  return languageObjective({
    network: worldLlama,
    rows: options.rows,
    length: options.length,
    pad: 0,
    perBatch: options.perBatch,
    document: worldDocuments(tokenizer, worldTemplate(tokenizer), options.length, { seed: options.scenesSeed }),
    describe: { documents: 'notes and conversations, captions', seed: options.scenesSeed },
  });
});

export default defineRecipe({
  name: 'world-llama',
  seed: 0,
  model: worldLlama,
  stages: [nextToken({ steps: 4000, lr: 3e-3, weightDecay: 0.05, betas: [0.9, 0.98], blindEvery: 0, minRatio: 0.02 })],
});
