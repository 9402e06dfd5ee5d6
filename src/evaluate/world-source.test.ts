// Benchmarks over the real scene world: exact truth, balance, languages, and what true captions score.

import { beforeAll, describe, expect, test } from 'vitest';
import { caption } from '../world/captions.js';
import { loadSprites, type Sprites } from '../world/render.js';
import { makeScene } from '../world/scene.js';
import { CATEGORIES } from '../world/vocabulary.js';
import { chair } from './chair.js';
import { constant, constantCaption } from './degenerate.js';
import { runBench } from './runner.js';
import { buildBench } from './samples.js';
import { worldScenes, worldSource, worldVocabulary } from './world-source.js';

let sprites: Sprites;
beforeAll(async () => {
  sprites = await loadSprites();
});

const n = { pope: 60, vqa: 12, caption: 12 };

describe('scene world', () => {
  test.each(['en', 'zh'] as const)('probes are balanced and true, questions of every type are asked (%s)', async (language) => {
    const { source, vocabulary } = worldScenes(sprites, { seed: 3 });
    const set = buildBench(source, { language, n });
    for (const negative of ['random', 'popular', 'adversarial']) {
      const probes = set.samples.filter((s) => s.kind === negative);
      expect(probes).toHaveLength(60);
      expect(probes.filter((s) => s.truth === 'yes')).toHaveLength(30);
      for (const { image, category, truth } of probes)
        expect(set.images[image]?.objects.includes(category as string)).toBe(truth === 'yes');
    }
    for (const type of ['existence', 'color', 'count', 'relation', 'text'])
      expect(set.samples.filter((s) => s.kind === type)).toHaveLength(12);
    expect(set.samples.every((s) => /\p{Script=Han}/u.test(s.question) === (language === 'zh'))).toBe(true);

    // Answered with its own truth, the benchmark is perfect, in either language.
    const truth = new Map(set.samples.map((s) => [s.question + s.image, s.truth]));
    const numbers = new Map(set.images.map((image, i) => [image.pixels, i]));
    const word = { yes: language === 'zh' ? '有。' : 'Yes.', no: language === 'zh' ? '没有' : "No, there isn't." } as Record<
      string,
      string
    >;
    const block = await runBench(
      set,
      {
        answer: async (batch) =>
          batch.map(({ image, question }) => {
            const answer = truth.get(question + numbers.get(image)) as string;
            return word[answer] ?? answer;
          }),
        caption: constantCaption(''),
      },
      vocabulary,
    );
    for (const scores of Object.values(block.pope)) expect(scores.f1).toBe(1);
    for (const p of Object.values(block.vqa)) expect(p.value).toBe(1);
    expect(block.popeOfficial === undefined).toBe(language === 'zh');
  });

  test.each(['en', 'zh'] as const)("the world's own captions name all and only what is there (%s)", (language) => {
    const source = worldSource(sprites, { seed: 5 });
    for (const detail of ['short', 'long'] as const) {
      const scenes = Array.from({ length: 150 }, (_, i) => makeScene(i, { seed: 5, split: 'test' }));
      const scores = chair(
        scenes.map((s) => caption(s, { language, detail })),
        scenes.map((s) => source.objects(s)),
        worldVocabulary(),
      );
      expect(scores).toMatchObject({ chairI: 0, chairS: 0, chairSentence: 0, cover: 1, coverMacro: 1 });
      expect(scores.mentions).toBeGreaterThan(150);
    }
  });

  test('every name of every category is found again', () => {
    const vocabulary = worldVocabulary();
    for (const { id, en, enPlural, zh } of CATEGORIES)
      for (const text of [`two ${enPlural}`, `The ${en}.`, `一个红色的${zh}。`])
        expect(vocabulary.mentions(text).map((m) => m.id)).toEqual([id]);
    const ids = (text: string) => vocabulary.mentions(text).map((m) => m.id);
    expect(ids('a hot dog, a starfish and a puppy')).toEqual(['dog']);
    expect(ids('蜗牛和牛，大象的印象')).toEqual(['snail', 'cow', 'elephant']);
    expect(ids('A soccer ball and alarm clocks')).toEqual(['ball', 'clock']);
  });

  test('the same seed gives the same bytes, the split defaults to test', () => {
    const [a, b] = [worldSource(sprites, { seed: 1 }), worldSource(sprites, { seed: 1 })];
    expect(a.image(a.scene(7))).toEqual(b.image(b.scene(7)));
    expect(a.description).toContain('"test"');
    expect(a.boxes?.(a.scene(7)).length).toBeGreaterThan(0);
  });

  test('a blind constant answerer stays at chance', async () => {
    const { source, vocabulary } = worldScenes(sprites);
    const block = await runBench(buildBench(source, { n }), { answer: constant('yes'), caption: constantCaption('') }, vocabulary);
    expect(block.pope.adversarial.accuracy).toBe(0.5);
    expect(block.vqa.color.value).toBe(0);
  });
});
