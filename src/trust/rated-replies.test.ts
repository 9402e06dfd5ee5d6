// Replies rated on three axes, by the truth and by a judge, and the pairs they make.

import { describe, expect, it } from 'vitest';
import { worldVocabulary } from '../evaluate/world-source.js';
import { CATEGORIES, caption, makeScene } from '../world/index.js';
import { extractClaims } from './claims.js';
import { correctedBy } from './on-policy.js';
import { axesPrompt, judgeRater, type RatedReply, ratedPairs, readAxes, truthRater } from './rated-replies.js';
import { checkWorldClaims } from './world-claims.js';

const rated = (text: string, helpful: number, faithful: number, ethical = 5): RatedReply => ({
  text,
  ratings: { helpful, faithful, ethical },
});

describe('ratings', () => {
  it('by the truth: claims that are true, objects that are named', async () => {
    const scene = makeScene(3, { seed: 4 });
    const truth = caption(scene, { language: 'en', detail: 'short' });
    const [whole, wrong, silent] = await truthRater(worldVocabulary()).rate({
      question: 'Describe the image.',
      replies: [truth, `${truth.slice(0, -1)} and a purple anchor and a purple rocket.`, 'Nice.'],
      references: [],
      scene,
    });
    expect(whole).toEqual({ helpful: 5, faithful: 5, ethical: 5 });
    expect(wrong?.faithful).toBeLessThan(5);
    expect(wrong?.helpful).toBe(5);
    expect(silent).toEqual({ helpful: 1, faithful: 5, ethical: 5 });
    const unknown = await truthRater(worldVocabulary()).rate({ question: 'q', replies: ['a'], references: [] });
    expect(unknown).toEqual([undefined]);
  });

  it('by a judge, which reads what is known of the image', async () => {
    const prompt = { question: 'What is it?', replies: ['a cat', 'a dog'], references: ['A cat.'] };
    expect(axesPrompt(prompt, 'a cat')).toContain('- A cat.');
    const asked: string[] = [];
    const judge = {
      name: 'test',
      replies: async (prompts: readonly string[]) => {
        asked.push(...prompts);
        return ['Helpfulness: 4\nVisual faithfulness: 5\nEthical considerations: 3', 'Helpfulness: 4\nVisual faithfulness: 9'];
      },
    };
    expect(await judgeRater(judge).rate(prompt)).toEqual([{ helpful: 4, faithful: 5, ethical: 3 }, undefined]);
    expect(asked).toHaveLength(2);
    expect(readAxes('**Helpfulness**: 1, Visual Faithfulness: 2/5, Ethical considerations: 3')).toEqual({
      helpful: 1,
      faithful: 2,
      ethical: 3,
    });
  });
});

describe('pairs of rated replies', () => {
  const replies = [rated('a', 3, 3), rated('b', 5, 1), rated('c', 5, 5), rated('c', 5, 5), rated('d', 3, 3)];
  const texts = (pairs: ReturnType<typeof ratedPairs>): string[] => pairs.map(({ chosen, rejected }) => `${chosen.text}>${rejected.text}`);

  it('the best with the worst, or every two that differ', () => {
    expect(texts(ratedPairs(replies))).toEqual(['c>d']);
    expect(texts(ratedPairs(replies, { pairs: 'all' }))).toEqual(['c>a', 'c>b', 'c>d']);
    expect(texts(ratedPairs(replies, { axis: 'faithful', pairs: 'all' }))).toEqual(['c>a', 'c>d', 'c>b', 'a>b', 'd>b']);
    expect(ratedPairs([rated('a', 3, 3), rated('b', 3, 3)])).toEqual([]);
    expect(ratedPairs([rated('a', 3, 3)])).toEqual([]);
  });
});

describe('corrections', () => {
  it('leave a true reply as it is, and take out what is false', () => {
    const vocabulary = worldVocabulary();
    const scene = makeScene(3, { seed: 4 });
    const truth = caption(scene, { language: 'en', detail: 'long' });
    expect(correctedBy(vocabulary, scene, truth)).toBe(truth);
    const wrong = `${truth} There is a purple anchor.`;
    const corrected = correctedBy(vocabulary, scene, wrong);
    expect(corrected).not.toBe(wrong);
    expect(checkWorldClaims(scene, corrected, vocabulary).wrong).toBe(0);
  });

  it('name what is there in place of what is not', () => {
    const vocabulary = worldVocabulary();
    let longer = 0;
    for (let index = 0; index < 40; index++) {
      const scene = makeScene(index, { seed: 5 });
      const reply = caption(makeScene(index, { seed: 6 }), { language: 'en', detail: 'long' });
      const corrected = correctedBy(vocabulary, scene, reply);
      expect(checkWorldClaims(scene, corrected, vocabulary).wrong).toBe(0);
      const ids = new Set(scene.objects.map(({ category }) => CATEGORIES[category]?.id));
      const said = extractClaims(corrected, vocabulary).filter((claim) => claim.type === 'existence');
      expect(said.every((claim) => ids.has(claim.object))).toBe(true);
      if (said.length > 0) longer++;
    }
    expect(longer).toBeGreaterThan(30); // left out alone, most captions of other scenes would name nothing
  });
});
