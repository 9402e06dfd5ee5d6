// Chameleon: plans by rules and by a model, one cache, verifiers, and another way where a module fails.

import { describe, expect, it } from 'vitest';
import type { Responder } from '../../evaluate/responder.js';
import type { Detector } from '../../trust/verifier.js';
import { recordedPlanner } from '../planner.js';
import { runAgent } from '../run-agent.js';
import { modulesByRules, readModules } from './chameleon.js';

const detector: Detector = { labels: ['dog'], detect: async () => [{ label: 'dog', box: [1, 1, 9, 9], score: 0.9 }] };
const says = (answer: string): Responder => ({ replies: async (all) => all.map(() => answer) });
const image = { image: { width: 12, height: 12, data: new Uint8Array(432).fill(200) }, origin: 'made' };
const equipment = (answer: string) => ({ detectors: [{ name: 'made', detector }], responder: says(answer) });

describe('chameleon', () => {
  it('runs the modules of a plan over one cache', async () => {
    const { trace } = await runAgent('chameleon', { text: 'How many dogs are there?', images: [image] }, { equipment: equipment('?') });
    expect(trace.answer).toBe('1');
    expect(trace.steps.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Object_Detector', 'Program_Verifier', 'LOC', 'Answer_Verifier']),
    );
  });

  it('goes another way where a module or a verifier is not content, and says so', async () => {
    const unknown = await runAgent('chameleon', { text: 'How many unicorns are there?', images: [image] }, { equipment: equipment('2') });
    expect(unknown.trace).toMatchObject({ answer: '2' });
    expect(unknown.trace.steps.filter(({ name }) => name === 'another way')).toHaveLength(1);
    const never = await runAgent('chameleon', { text: 'How many unicorns are there?', images: [image] }, { equipment: equipment('many') });
    expect(never.trace.failed?.code).toBe('agent.tool');
  });

  it('is planned by a model too', async () => {
    const planner = recordedPlanner(['["Object_Detector", "Solution_Generator"]', ' one dog ']);
    const { trace } = await runAgent('chameleon', { text: 'What is there?', images: [image] }, { planner, equipment: equipment('') });
    expect(trace).toMatchObject({ answer: 'one dog', tier: 'url' });
    expect(() => readModules('Object_Detectr, Solution_Generator')).toThrowError(
      expect.objectContaining({ code: 'agent.planner', place: 'Object_Detectr' }),
    );
    expect(() => readModules('nothing')).toThrowError(expect.objectContaining({ code: 'agent.planner' }));
    expect(modulesByRules('What does the sign say?')[0]).toBe('Text_Detector');
  });
});
