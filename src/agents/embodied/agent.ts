// The agent `embodied`: makes a room of what the detector finds in a picture, plans how to rearrange it, and checks the plan in the simulator.

import { image as imagePart } from '../../media/image.js';
import { SensoriumError } from '../../util/errors.js';
import { defineAgent } from '../registry.js';
import { goalsOf, grammarRoomPlanner, modelRoomPlanner, solve } from './planners.js';
import { type Cell, roomOf, writeStep } from './room.js';

/** Answers with a plan that can be carried out: `move(…)`, `pick(…)`, `put(…)`, one in a line. */
export const embodied = defineAgent({
  name: 'embodied',
  about: 'Plans how to rearrange the things in a picture (move, pick, put); a simulator checks the plan before it is given.',
  tiers: ['grammar', 'own', 'url'],
  async run({ text, images }, { workspace, equipment, planner, budget, write, step, signal }) {
    const [image] = images;
    if (image === undefined)
      throw new SensoriumError('agent.argument', 'there is no picture to act in', {
        place: 'images',
        expected: 'an image',
        hint: 'Give --image',
      });
    const picture = workspace.get('image', image);
    const { width, height } = picture;
    const cell = ([x0, y0, x1, y1]: readonly [number, number, number, number]): Cell => [
      Math.min(7, Math.floor(((x0 + x1) / 2 / width) * 8)),
      Math.min(7, Math.floor(((y0 + y1) / 2 / height) * 8)),
    ];
    budget.spend('calls');
    const [first] = await equipment.get('detectors');
    if (!first) throw new SensoriumError('agent.equipment', 'there is no detector', { place: 'detectors' });
    const found = await first.detector.detect(imagePart(picture), { signal });
    const named = found.map(({ label, box }) => ({ name: label, box: [...box] as [number, number, number, number] }));
    step({ kind: 'observation', name: first.name, items: [image], boxes: named.map(({ name, box }) => ({ box, label: name })) });
    const room = roomOf(
      named.map(({ name, box }) => ({ name, cell: cell(box) })),
      image,
    );
    const rooms = planner.tier === 'grammar' ? grammarRoomPlanner : modelRoomPlanner(write, planner.tier);
    const { plan, refused, valid, success } = await solve(rooms, room, text, goalsOf(text));
    for (const { plan: tried, reason } of refused)
      step({ kind: 'call', name: 'simulate', text: tried, error: { code: 'agent.argument', message: reason } });
    if (!valid) throw new SensoriumError('agent.planner', 'no plan could be carried out', { place: image, got: refused.at(-1)?.reason });
    const lines = plan.map(writeStep).join('\n');
    step({
      kind: 'call',
      name: 'simulate',
      text: lines,
      output: success ? 'the goals hold' : 'the plan can be carried out; the goals do not hold',
    });
    return lines;
  },
});
