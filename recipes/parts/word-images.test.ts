// Images of words: what cells hold, and that batches put it where the image tokens stand.

import { describe, expect, it } from 'vitest';
import { worldTemplate, worldTokenizer } from '../../src/train/world-tokenizer.js';
import { CATEGORIES, groupsOf, makeScene, RELATIONS, relationFacts, TINTS } from '../../src/world/index.js';
import { worldLlama } from './language.js';
import { CELLS, wordImage, wordImageObjective } from './word-images.js';

const tokenizer = worldTokenizer();
const template = worldTemplate(tokenizer);

describe('wordImage', () => {
  it('says of a cell what covers it, and nothing of the background', () => {
    for (let i = 0; i < 30; i++) {
      const scene = makeScene(i);
      const cells = wordImage(scene, tokenizer, { relations: true });
      expect(cells).toHaveLength(CELLS * CELLS);
      const said = cells.map((ids) => tokenizer.decode(Int32Array.from(ids.filter((id) => id < tokenizer.vocabSize))));
      for (const g of groupsOf(scene)) {
        const [c, t] = [CATEGORIES[g.category], TINTS[g.tint]];
        expect(said.some((s) => s.startsWith(` ${c?.en}${c?.zh} ${t?.en}${t?.zh}${g.objects.length}`))).toBe(true);
      }
      const covered =
        scene.objects.some((o) => o.box[0] < 8 && o.box[1] < 8) || (scene.text && scene.text.box[0] < 8 && scene.text.box[1] < 8);
      if (!covered) expect(said[0]).toBe('');
    }
  });

  it('says what is left, right … of what covers a cell', () => {
    let seen = 0;
    for (let i = 0; i < 30; i++) {
      const scene = makeScene(i);
      const cells = wordImage(scene, tokenizer, { relations: true });
      for (const f of relationFacts(scene, groupsOf(scene))) {
        const name = tokenizer.encode(` ${CATEGORIES[f.referent.category]?.en}`);
        const own = cells.filter((ids) => name.every((id, k) => ids[k] === id));
        const word = tokenizer.vocabSize + f.category * RELATIONS.length + RELATIONS.indexOf(f.relation);
        if (!own.length) continue; // What lies upon it hides it.
        seen++;
        expect(own.every((ids) => ids.includes(word))).toBe(true);
      }
    }
    expect(seen).toBeGreaterThan(20);
  });

  it('lets a printed word run from left to right', () => {
    const scene = Array.from({ length: 50 }, (_, i) => makeScene(i)).find((s) => s.text && s.text.word.length >= 4);
    const word = scene?.text?.word as string;
    const pieces = [...tokenizer.encode(word)];
    const sign = [...tokenizer.encode(' sign')];
    const row = wordImage(scene as NonNullable<typeof scene>, tokenizer, { relations: false })
      .filter((ids) => sign.every((id, k) => ids[k] === id))
      .map((ids) => ids[sign.length] as number);
    expect(row.length).toBeGreaterThan(1);
    const order = row.map((id) => pieces.indexOf(id));
    expect(order.every((k) => k >= 0)).toBe(true);
    expect(order[0]).toBe(0);
  });
});

describe('wordImageObjective', () => {
  const make = (questions: boolean) =>
    wordImageObjective({
      network: worldLlama,
      tokenizer,
      template,
      rows: 2,
      length: 256,
      perBatch: 2,
      questions,
      data: { seed: 1, chinese: 0 },
    });

  it('puts words where the image tokens stand and leaves them out of the loss', async () => {
    const { feeds } = (await make(true).batch(0)) as unknown as { feeds: Record<string, { data: Float32Array | Int32Array }> };
    const isWord = feeds.is_word?.data as Float32Array;
    const cells = [...isWord.keys()].filter((i) => isWord[i] === 0);
    expect(cells.length % (CELLS * CELLS)).toBe(0);
    expect(cells.length).toBeGreaterThan(0);
    const weights = feeds.weights?.data as Float32Array;
    const said = feeds.cell_weights?.data as Float32Array;
    const k = (feeds.cell_words?.data.length as number) / isWord.length;
    let words = 0;
    for (let i = 0; i < isWord.length; i++) for (let j = 0; j < k; j++) if (said[i * k + j] === 1) words += Number(isWord[i] === 0);
    expect(words).toBeGreaterThan(CELLS);
    expect(words).toBe(said.reduce((a, b) => a + b, 0));
    // A cell predicts a cell or the first word of the question: neither counts but the last.
    expect(cells.filter((i) => weights[i] !== 0).length).toBeLessThanOrEqual(cells.length / (CELLS * CELLS));
  });

  it('takes the replies alone, or the questions too; the same index gives the same batch', async () => {
    const [all, replies, again] = await Promise.all([make(true).batch(3), make(false).batch(3), make(false).batch(3)]);
    expect(replies.tokens).toBeLessThan(all.tokens);
    expect(replies).toEqual(again);
  });
});
