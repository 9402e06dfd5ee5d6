// Benchmarks over the real scene world: exact truth, balance, languages, and what true captions score.

import { beforeAll, describe, expect, test } from 'vitest';
import { type ChatMessage, mediaParts } from '../text/index.js';
import { caption } from '../world/captions.js';
import { loadSprites, type Sprites } from '../world/render.js';
import { makeScene } from '../world/scene.js';
import { CATEGORIES } from '../world/vocabulary.js';
import { questionOf, type Row } from './benchmark.js';
import { worldPope } from './benchmarks/world-pope.js';
import { worldVqa } from './benchmarks/world-vqa.js';
import { chair } from './chair.js';
import { constant } from './degenerate.js';
import { runBenchmarks, scoreOf } from './runner.js';
import type { Scenes } from './scenes.js';
import { worldScenes, worldSource, worldVocabulary } from './world-source.js';

let sprites: Sprites;
beforeAll(async () => {
  sprites = await loadSprites();
});

/** The index of each scene by its image. */
function pictures(scenes: Pick<Scenes, 'image'>): Map<unknown, number> {
  return new Map(Array.from({ length: 80 }, (_, i) => [scenes.image(i).part.source, i]));
}

describe('scene world', () => {
  test.each(['en', 'zh'] as const)('probes are balanced and true, questions of every type are asked (%s)', async (language) => {
    const scenes = worldScenes(sprites, { seed: 3, language });
    const pope = [...(worldPope(scenes).rows({ n: 60 }) as Iterable<Row>)];
    const vqa = [...(worldVqa(scenes).rows({ n: 12 }) as Iterable<Row>)];
    for (const negative of ['random', 'popular', 'adversarial']) {
      const probes = pope.filter((row) => row.kind === negative);
      expect(probes).toHaveLength(60);
      expect(probes.filter((row) => row.truth === 'yes')).toHaveLength(30);
      // What is asked for is among the objects of the image, or is not.
      for (const row of probes) {
        const [id] = scenes.source.vocabulary.mentions(questionOf(row.messages)).map((m) => m.id);
        const index = pictures(scenes).get(mediaParts(row.messages)[0]?.source) as number;
        expect(scenes.image(index).objects.includes(id as string)).toBe(row.truth === 'yes');
      }
    }
    for (const type of ['existence', 'color', 'count', 'relation', 'text']) expect(vqa.filter((row) => row.kind === type)).toHaveLength(12);
    expect([...pope, ...vqa].every((row) => /\p{Script=Han}/u.test(questionOf(row.messages)) === (language === 'zh'))).toBe(true);

    // Answered with its own truth, the benchmark is perfect, in either language.
    const key = (messages: readonly ChatMessage[]): string =>
      `${pictures(scenes).get(mediaParts(messages)[0]?.source)} ${questionOf(messages)}`;
    const truth = new Map([...pope, ...vqa].map((row) => [key(row.messages), row.truth]));
    const word = { yes: language === 'zh' ? '有。' : 'Yes.', no: language === 'zh' ? '没有' : "No, there isn't." } as Record<
      string,
      string
    >;
    const results = await runBenchmarks({
      benchmarks: [worldPope(scenes), worldVqa(scenes)],
      responder: {
        replies: async (batch) =>
          batch.map((messages) => {
            const answer = truth.get(key(messages)) as string;
            return word[answer] ?? answer;
          }),
      },
      n: { pope: 60, vqa: 12 },
      baselines: false,
    });
    for (const { scores } of results)
      for (const { name, value } of scores.model ?? [])
        if (/^(?:F1, |accuracy|[a-z]+$)/.test(name)) expect([name, value]).toEqual([name, name === 'unparsed' ? 0 : 1]);
    expect(results[0]?.scores.model?.some(({ name }) => name.startsWith('F1 by the official parser'))).toBe(language === 'en');
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

  test('a constant responder stays at chance', async () => {
    const scenes = worldScenes(sprites);
    const benchmarks = [worldPope(scenes), worldVqa(scenes)];
    const results = await runBenchmarks({ benchmarks, responder: constant('yes'), n: 12, baselines: false });
    expect(scoreOf(results, 'pope', 'accuracy, adversarial').value).toBe(0.5);
    expect(scoreOf(results, 'vqa', 'color').value).toBe(0);
  });
});
