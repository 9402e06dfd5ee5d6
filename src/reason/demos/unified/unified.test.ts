// Episodes of unified in-context generation: the same query whatever stands before it, answers that are the truth, and options that cannot be.

import { expect, test } from 'vitest';
import type { RgbImage } from '../../../media/index.js';
import { CATEGORIES, TINTS } from '../../../world/index.js';
import { turnsOf, UNIFIED_TASKS, UnifiedEpisodes, unifiedContext, unifiedPictures } from './episodes.js';

test('answers are the truth of the pictures, and the query is the same for every number of demonstrations', async () => {
  const episodes = await UnifiedEpisodes.open({ seed: 3 });
  for (const task of UNIFIED_TASKS)
    for (let i = 0; i < 5; i++) {
      const { query, support, tint } = episodes.at(i, { shots: 2, task });
      const object = query.scene.objects[0] as (typeof query.scene.objects)[number];
      expect(support.length).toBe(2);
      expect(episodes.at(i, { shots: 0, task }).query).toEqual(query);
      expect(support.some(({ image }) => image.data.every((v, k) => v === query.image.data[k]))).toBe(false);
      const mask = episodes.mask(query.scene);
      expect(mask.reduce((a, b) => a + b, 0)).toBeGreaterThan(mask.length / 20);
      const { data } = (typeof query.answer === 'string' ? query.image : query.answer) as RgbImage;
      if (task === 'name') expect(query.answer).toBe(CATEGORIES[object.category]?.en);
      if (task === 'color') expect(query.answer).toBe(TINTS[object.tint]?.en);
      if (task === 'segment') expect([...mask].every((m, k) => data[3 * k] === 255 * m && data[3 * k + 2] === 255 * m)).toBe(true);
      if (task === 'recolor') {
        // Only the thing changes, and all demonstrations have the color of the query's answer.
        const far = mask.indexOf(0);
        expect([...data.slice(3 * far, 3 * far + 3)]).toEqual([...query.image.data.slice(3 * far, 3 * far + 3)]);
        const again = episodes.picture({ ...query.scene, objects: [{ ...object, tint }] });
        expect(data).toEqual(again.data);
      }
    }
});

test('rows are whole conversations, the same each time, and splits have no scene in common', async () => {
  const rows = await unifiedContext({ seed: 4, episodes: 20, shots: [1, 2] }).open();
  const one = await rows.get(7);
  expect(await (await unifiedContext({ seed: 4, episodes: 20, shots: [1, 2] }).open()).get(7)).toEqual(one);
  expect([4, 6]).toContain(one.messages.length);
  expect(one.messages.map(({ role }) => role).slice(0, 2)).toEqual(['user', 'assistant']);
  const tasks = new Set(await Promise.all(Array.from({ length: 20 }, async (_, i) => (await rows.get(i)).extra?.task)));
  expect(tasks.size).toBe(4);
  const [train, held] = await Promise.all([UnifiedEpisodes.open({ seed: 4 }), UnifiedEpisodes.open({ seed: 4, split: 'test' })]);
  expect(train.at(0).query.image.data).not.toEqual(held.at(0).query.image.data);
  const pictures = await unifiedPictures({ seed: 4, size: 32 }).open();
  const [message] = (await pictures.get(0)).messages;
  expect(message).toMatchObject({ role: 'user', content: [{ type: 'image', source: { width: 32, height: 32 } }] });
  expect(turnsOf([]).length).toBe(0);
});

test.each([
  [{ shots: [2, 1] as const }],
  [{ shots: [0, 9] as const }],
  [{ episodes: 0 }],
  [{ size: 8 }],
  [{ tasks: { draw: 1 } as never }],
  [{ tasks: {} }],
])('%o cannot be', async (options) => {
  await expect(UnifiedEpisodes.open(options)).rejects.toMatchObject({ code: 'demos.option' });
});
