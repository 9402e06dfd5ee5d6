// Faces in agents: a detector that knows nothing else behind one of objects, and none that knows them.

import { expect, it } from 'vitest';
import type { RgbImage } from '../../media/index.js';
import type { Detection } from '../../trust/verifier.js';
import { type EquipmentSources, runAgent } from '../index.js';

/** Two skin-colored squares on blue: (4..12, 4..12) and (20..28, 4..12). */
const picture: RgbImage = { width: 32, height: 16, data: new Uint8Array(32 * 16 * 3) };
const faces: Detection[] = [4, 20].map((left) => ({ label: 'face', score: 0.9, box: [left, 4, left + 8, 12] }));
for (let y = 0; y < 16; y++)
  for (let x = 0; x < 32; x++) {
    const inside = y >= 4 && y < 12 && x % 16 >= 4 && x % 16 < 12;
    picture.data.set(inside ? [224, 172, 136] : [30, 60, 160], 3 * (32 * y + x));
  }
const objects = { name: 'objects', detector: { labels: ['dog', 'car'], detect: async () => [] } };
const heads = { name: 'heads', detector: { labels: ['face'], detect: async () => faces } };
const ask = (agent: string, text: string, detectors: EquipmentSources['detectors']) =>
  runAgent(agent, { text, images: [{ image: picture, origin: 'a.png' }] }, { equipment: { detectors } });

it('are hidden and counted by the detector that knows them', async () => {
  const { trace, workspace } = await ask('visprog', 'Hide the faces', [objects, heads]);
  expect(trace.failed).toBeUndefined();
  expect(JSON.stringify(trace.steps)).toContain('objects does not know');
  const hidden = workspace.get('image', trace.answer as string);
  const middle = (x: number) => [...hidden.data.subarray(3 * (32 * 8 + x), 3 * (32 * 8 + x) + 3)];
  for (const x of [8, 24]) expect(middle(x)).not.toEqual([224, 172, 136]);
  expect(middle(16)).toEqual([30, 60, 160]);
  expect((await ask('mm-react', 'How many faces are there?', [objects, heads])).trace.answer).toBe('2');
});

it('are asked for by name where no detector knows them', async () => {
  const { failed } = (await ask('visprog', 'Hide the faces', [objects])).trace;
  expect(failed?.code).toBe('agent.equipment');
  expect(failed?.message).toContain('blazeface');
});
