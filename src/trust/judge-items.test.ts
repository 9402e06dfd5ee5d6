// Statements that judges are checked with, read as claims and compared with the exact truth of their scenes.

import { describe, expect, it } from 'vitest';
import { type ItemSource, pairItem, ratedItem, statementItem } from '../evaluate/judge-items.js';
import { worldVocabulary } from '../evaluate/world-source.js';
import { makeScene, type Scene } from '../world/scene.js';
import { extractClaims } from './claims.js';
import { judgeByTruth, worldTruth } from './truth.js';

const vocabulary = worldVocabulary();
const scene = (index: number): Scene => makeScene(index, { split: 'test', seed: 9 });

/** Claims of a text that its scene contradicts. */
function wrongIn(text: string, of: Scene): string[] {
  const truth = worldTruth(of);
  return extractClaims(text, vocabulary)
    .map((claim) => judgeByTruth(claim, truth))
    .filter(({ verdict }) => verdict === 'false')
    .map(({ claim }) => claim.type);
}

/** The scene that an item is about: the first whose references it has. */
function sceneOf(make: (source: ItemSource) => unknown, language: 'en' | 'zh'): { item: unknown; of: Scene } {
  let last: Scene | undefined;
  const item = make({
    language,
    seed: 3,
    scene: (index) => {
      last = scene(index);
      return last;
    },
  });
  return { item, of: last as Scene };
}

describe.each(['en', 'zh'] as const)('items of a judge, %s', (language) => {
  it('captions: right ones hold, the others are wrong in one thing of their kind; references hold', () => {
    const kinds = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const { item, of } = sceneOf((source) => statementItem(source, i), language);
      const { references, candidate, truth, kind } = item as ReturnType<typeof statementItem>;
      expect(wrongIn(references.join(' '), of)).toEqual([]);
      const wrong = wrongIn(candidate, of);
      expect([candidate, wrong.length > 0 ? 'no' : 'yes']).toEqual([candidate, truth]);
      if (truth === 'no') expect(wrong).toContain(kind);
      kinds.add(kind);
    }
    expect([...kinds].sort()).toEqual(['attribute', 'count', 'existence', 'relation', 'right', 'text']);
  });

  it('rated answers have as many wrong statements as their rating says, and pairs a worse side', () => {
    for (let i = 0; i < 25; i++) {
      const rated = sceneOf((source) => ratedItem(source, i), language);
      const { answer, truth } = rated.item as ReturnType<typeof ratedItem>;
      const sentences = answer.split(/(?<=[.。])\s*/).filter(Boolean);
      expect(sentences).toHaveLength(4);
      expect([answer, sentences.filter((text) => wrongIn(text, rated.of).length > 0).length]).toEqual([answer, 5 - truth]);
      const pair = sceneOf((source) => pairItem(source, i), language);
      const { answers, better } = pair.item as ReturnType<typeof pairItem>;
      const count = (text: string): number =>
        text.split(/(?<=[.。])\s*/).filter((part) => part && wrongIn(part, pair.of).length > 0).length;
      expect(count(answers[better])).toBeLessThan(count(answers[1 - better] as string));
    }
  });
});
