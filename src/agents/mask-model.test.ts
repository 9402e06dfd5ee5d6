// Masks of a model: only of one that draws them, only in the box that was found, and by colors where it draws nothing there.

import { describe, expect, it } from 'vitest';
import type { Mask, RgbImage } from '../media/index.js';
import { Budget } from './budget.js';
import { Equipment, type Segmenter } from './equipment.js';
import { cutOut, maskSegmenter } from './mask-model.js';
import { callTool } from './tool.js';
import { toolbox } from './tools/index.js';
import { Workspace } from './workspace.js';

const picture: RgbImage = { width: 6, height: 4, data: new Uint8Array(72).fill(90) };
const maskOf = (at: readonly number[]): Mask => ({
  width: 6,
  height: 4,
  data: Uint8Array.from({ length: 24 }, (_, i) => (at.includes(i) ? 1 : 0)),
});
const drawing = (masks: readonly Mask[], asked: string[] = []): Segmenter => ({
  async segment(_, phrase) {
    asked.push(phrase);
    return masks;
  },
});

describe('a mask decoder', () => {
  it('is a model with a mask head, asked in the words of its training', async () => {
    const asked: unknown[] = [];
    const model = {
      drawsMasks: true,
      reply: async (request: { messages: readonly unknown[] }) => {
        asked.push(request.messages);
        return { text: '<SEG>', masks: [maskOf([7])] } as never;
      },
    };
    expect(await maskSegmenter(model, 'm').segment(picture, 'red dog')).toEqual([maskOf([7])]);
    expect(JSON.stringify(asked)).toContain('Where is the red dog?');
    expect(() => maskSegmenter({ ...model, drawsMasks: false }, 'm')).toThrowError(
      expect.objectContaining({ code: 'agent.equipment', place: 'm' }),
    );
  });

  it('cuts out what lies in the box, all masks together', async () => {
    const equipment = new Equipment({ segmenter: drawing([maskOf([7, 23]), maskOf([8])]) });
    const { mask, method } = await cutOut(equipment, picture, { box: [0, 0, 3, 3], label: 'dog' });
    expect(method).toBe('a mask decoder');
    expect([...mask.data].flatMap((v, i) => (v ? [i] : []))).toEqual([7, 8]);
  });

  it('leaves to colors what it does not draw there, and what has no name', async () => {
    const asked: string[] = [];
    const other = { width: 3, height: 4, data: new Uint8Array(12).fill(1) };
    for (const masks of [[], [maskOf([23])], [other]]) {
      const equipment = new Equipment({ segmenter: drawing(masks, asked) });
      expect((await cutOut(equipment, picture, { box: [0, 0, 3, 3], label: 'dog' })).method).toBe('colors (GrabCut)');
      expect((await cutOut(equipment, picture, { box: [0, 0, 3, 3] })).method).toBe('colors (GrabCut)');
    }
    expect(asked).toEqual(['dog', 'dog', 'dog']);
  });

  it('serves the tool `segment`', async () => {
    const detector = { labels: ['dog'], detect: async () => [{ label: 'dog', box: [0, 0, 3, 3] as const, score: 0.9 }] };
    const equipment = new Equipment({ detectors: [{ name: 'made', detector }], segmenter: drawing([maskOf([0, 1, 2, 6, 7, 8])]) });
    const workspace = new Workspace();
    const image = workspace.put('image', picture, 'given');
    const told = await callTool(toolbox({ equipment }).get('segment'), { image, label: 'dog' }, { workspace, budget: new Budget({}) });
    expect(told).toMatchObject({ masks: [{ label: 'dog', share: 0.25 }], method: 'a mask decoder' });
  });
});
