// Replies of weight 0 in models whose templates write no end, that know no turns, and that have an encoder; and that a graph is traced once.

import { expect, it } from 'vitest';
import type { Model } from '../src/model/index.js';
import { OpenedState, selectParameters, sequenceObjective } from '../src/train/index.js';
import { supervised } from '../src/train/objectives/supervised.js';
import type { Trainable } from '../src/train/select.js';
import { messagesOf, openTrained, trainingGolden } from './golden/training.js';

/** A conversation of two turns about an image, replies with the given keys. */
async function sequences(name: string, ...keys: object[]) {
  const model = await openTrained(name);
  const [image] = trainingGolden(name)
    .rows.flatMap((row) => messagesOf(row))
    .flatMap(({ content }) => (Array.isArray(content) ? content.filter(({ type }) => type === 'image') : []));
  const made = [];
  for (const key of keys) {
    const first = { role: 'assistant' as const, content: 'a red cup', ...key };
    const asked = { role: 'user' as const, content: [image, { type: 'text' as const, text: 'What is this?' }] };
    made.push(await model.processor.encode([asked, first] as Parameters<Model['processor']['encode']>[0]));
  }
  return made;
}

it.each(['llava/clip', 'blip-2/opt', 'blip-2/t5-every-second', 'idefics3/tiles'])(
  '%s learns nothing from a reply of weight 0',
  async (name) => {
    const [whole, none] = await sequences(name, {}, { weight: 0 });
    expect(whole?.weights?.some((w) => w > 0)).toBe(true);
    expect(none?.weights?.every((w) => w === 0)).toBe(true);
    expect(none?.ends ?? []).toEqual([]);
    expect(none?.source?.ids ?? none?.ids.slice(0, 8)).toEqual(whole?.source?.ids ?? whole?.ids.slice(0, 8));
  },
);

it('traces the graph of a bucket once', async () => {
  const model = await openTrained('llama/untied');
  const trained = selectParameters(model.network as unknown as Trainable, ['all'], 'here');
  let traced = 0;
  const loss = supervised();
  const objective = sequenceObjective({
    ...{ model, trained, state: new OpenedState(model, { seed: 0 }), maxLength: 32, pad: 0, count: 4, batch: 2 },
    loss: {
      ...loss,
      loss: (...args) => {
        traced++;
        return loss.loss(...args);
      },
    },
    sample: async () => ({ sequences: [{ ids: Int32Array.of(1, 2, 3, 4), weights: Float32Array.of(0, 0, 1, 1), media: [] }] }),
  });
  const { bucket, feeds } = await objective.batch(0);
  expect((await objective.batch(1)).bucket).toBe(bucket);
  expect(objective.graph(bucket).loss).toBe(objective.graph(bucket).loss);
  expect(traced).toBe(1);
  expect(feeds.dropout_seed).toBeUndefined();
  objective.dispose?.();
});
