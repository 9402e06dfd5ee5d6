// Training data of a revisor: made-up objects that go with the true ones, masks, and the true caption as the reply.

import { expect, test } from 'vitest';
import { worldVocabulary } from '../evaluate/world-source.js';
import { Rng } from '../util/rng.js';
import { CATEGORIES, type Dialogue, makeScene } from '../world/index.js';
import { namingOf } from './claim-question.js';
import { extractClaims } from './claims.js';
import { CaptionCooccurrence } from './lure.js';
import { maskedCaption, misnamedCaption, misseenScene, revisionConversations, revisionScenes } from './revision.js';
import { judgeByTruth, worldTruth } from './truth.js';

const naming = namingOf(worldVocabulary(), 'en');
const idsOf = (text: string) =>
  extractClaims(text, naming.vocabulary).flatMap((claim) => (claim.type === 'existence' ? [claim.object] : []));

test('scenes: the reply is true, the question is not, and both are the same at every reading', () => {
  const source = revisionScenes({ seed: 5, scenes: 40 });
  let [wrong, masks] = [0, 0];
  for (let i = 0; i < 40; i++) {
    const { scene, turns } = source.get(i) as Dialogue;
    const [question = '', reply = ''] = turns.map(({ content }) => content);
    expect(source.get(i)).toEqual({ scene, turns, language: 'en' });
    expect(question).toMatch(/^Correct this caption: /);
    const judged = (text: string) => extractClaims(text, naming.vocabulary).map((claim) => judgeByTruth(claim, worldTruth(scene)).verdict);
    expect(judged(reply)).not.toContain('false');
    if (judged(question).includes('false')) wrong++;
    masks += question.split('[IDK]').length - 1;
  }
  expect(wrong).toBeGreaterThan(15);
  expect(masks).toBeGreaterThan(40);
});

test('a scene that is seen wrongly has the boxes of the true one', () => {
  const scene = makeScene(3, { seed: 1 });
  const seen = misseenScene(scene, new Rng(2), { replaced: 1 });
  expect(seen.objects.length).toBeGreaterThanOrEqual(scene.objects.length);
  scene.objects.forEach((object, i) => {
    expect(seen.objects[i]?.box).toEqual(object.box);
  });
  expect(seen.objects.every(({ category }) => CATEGORIES[category])).toBe(true);
});

test('masks by shares, and always at the end', () => {
  const how = (options: object) => ({ naming, rng: new Rng(1), masked: 0, unsure: 0, ...options });
  const text = 'A dog is on the left, and a cat sits beside it. Far away, behind all of these, there is a tree.';
  const there = new Set(['dog', 'tree']);
  expect(maskedCaption(text, there, how({}))).toBe(text.replace('tree', '[IDK]'));
  expect(maskedCaption(text, there, how({ masked: 1 }))).toContain('a [IDK] sits');
  expect(maskedCaption(text, there, how({ unsure: 1 }))).toMatch(/^A \[IDK\] is/);
});

test('annotated captions: objects become absent ones in the same number', async () => {
  const cooccurrence = new CaptionCooccurrence();
  const row = { caption: 'Two dogs and a cup.', objects: ['dog', 'cup'] };
  const made = misnamedCaption(row, { naming, cooccurrence, rng: new Rng(4), replaced: 1 });
  expect(made).toMatch(/^Two \w+ and a \w+\.$/);
  const ids = idsOf(made);
  expect(ids).toHaveLength(2);
  for (const id of ids) expect(row.objects).not.toContain(id);
  expect(misnamedCaption(row, { naming, cooccurrence, rng: new Rng(4), replaced: 0 })).toBe(row.caption);
  const set = revisionConversations([{ id: '7', image: '/a.png', ...row }], { naming });
  const { id, messages } = await set.get(0);
  expect([id, messages[1]]).toEqual(['7', { role: 'assistant', content: row.caption }]);
  expect(await set.get(0)).toEqual(await set.get(0));
});
