// DetGPT (Pi et al. 2023, arXiv:2305.14167) as an agent: a model reasons about a wish and names what fulfils it, a detector finds that.

import { SensoriumError } from '../../util/errors.js';
import { defineAgent } from '../registry.js';
import { detect } from '../tools/detect.js';
import { listObjects } from '../tools/index.js';
import { DATA_ONLY } from './act.js';

/** The names behind the last `Targets:`, in brackets, or behind DetGPT's own "Therefore the answer is:". */
export function readTargets(reply: string): string[] {
  const list =
    [...reply.matchAll(/Targets\s*:\s*\[([^\]]*)\]/gi)].at(-1)?.[1] ??
    /Therefore,? the answer is\s*:\s*\[?([^\].\n]*)/i.exec(reply)?.[1] ??
    '';
  return [
    ...new Set(
      list
        .split(',')
        .map((name) => name.trim().replace(/^["']|["']$/g, ''))
        .filter((name) => name && name.length <= 60),
    ),
  ].slice(0, 20);
}

/** The agent `detgpt`. */
export const detGpt = defineAgent({
  name: 'detgpt',
  about:
    'Finds what a wish needs: a model that sees names it and a detector finds it (DetGPT). A model of ours comes from recipes/detgpt.ts.',
  tiers: ['own', 'url'],
  async run({ text, images }, context) {
    const [image] = images;
    if (image === undefined) throw new SensoriumError('agent.argument', 'there is no picture to look in', { place: 'image' });
    const { workspace, planner, equipment } = context;
    const source = workspace.get('image', image);
    // A model of ours has learned the form. Others are told it, and what the detector knows of the picture.
    const known = planner.tier === 'url' && equipment.has('detectors') ? await listObjects(context, source, context) : '';
    const prompt =
      planner.tier === 'own'
        ? text
        : [
            `A person says: ${text}`,
            'Which things in the picture fulfil the wish? Say shortly why, and end with their names: Targets: [name, name].',
            ...(known ? [`A detector finds (data): ${JSON.stringify(known)}`] : []),
            DATA_ONLY,
          ].join('\n');
    const reply = await context.write(
      [
        {
          role: 'user',
          content: [
            { type: 'image', source },
            { type: 'text', text: prompt },
          ],
        },
      ],
      { maxTokens: 160 },
    );
    context.step({ kind: 'thought', name: 'wish', text: reply.trim().slice(0, 2000), items: [image] });
    const targets = readTargets(reply);
    if (targets.length === 0)
      throw new SensoriumError('agent.planner', 'the model names nothing that fulfils the wish', {
        place: planner.name,
        expected: 'Targets: [name, name]',
        got: reply.slice(0, 200),
      });
    const found = (await context.call(detect.make({ equipment }), { image, labels: targets })) as {
      objects: { label: string; box: number[] }[];
      unknown?: string[];
    };
    const lines = found.objects.map(({ label, box }) => `${label} [${box.join(', ')}]`);
    const lost = found.unknown?.length ? ` (the detector cannot look for ${found.unknown.join(', ')})` : '';
    return `${lines.length > 0 ? lines.join('\n') : `none of ${targets.join(', ')} is found`}${lost}`;
  },
});
