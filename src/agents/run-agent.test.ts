// Running agents: traces, failures that stand in the result, budgets, tiers, pages without markup of strangers.

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SensoriumError } from '../util/errors.js';
import { type AgentDefinition, agentOf, defineTool, recordedPlanner, runAgent, tracePage } from './index.js';

const image = { width: 4, height: 4, data: new Uint8Array(48).fill(200) };
const agent = (run: AgentDefinition['run'], tiers: AgentDefinition['tiers'] = ['grammar', 'url']): AgentDefinition => ({
  name: 'test',
  about: 'A test.',
  tiers,
  run,
});
const size = defineTool({
  name: 'size',
  description: 'Gives the width of an image.',
  input: z.object({ image: z.string() }),
  run: (o, { workspace }) => workspace.get('image', o.image).width,
});

describe('runAgent', () => {
  it('keeps each step, also of a tool that fails', async () => {
    const { trace } = await runAgent(
      agent(async ({ images }, { call }) => {
        await call(size, { image: 'image_9' }).catch(() => undefined); // the trace has it
        return String(await call(size, { image: images[0] }));
      }),
      { text: 'How wide?', images: [{ image, origin: 'a.png' }] },
    );
    expect(trace).toMatchObject({ answer: '4', tier: 'grammar' });
    expect(trace.steps).toMatchObject([{ error: { code: 'agent.argument' } }, { output: 4 }]);
  });

  it('ends at the budget of replies and says why', async () => {
    const { trace } = await runAgent(
      agent(async (_task, { write }) => {
        for (;;) await write([{ role: 'user', content: 'on' }]);
      }),
      { text: 'loop' },
      { planner: recordedPlanner(['a', 'b', 'c', 'd']), budget: { maxReplies: 2 } },
    );
    expect(trace.failed?.code).toBe('agent.budget');
  });

  it('refuses planners and names that do not fit', async () => {
    const own = agent(async (_task, { write }) => write([]), ['url']);
    await expect(runAgent(own, { text: '' })).rejects.toMatchObject({ code: 'agent.planner' });
    const { trace } = await runAgent(
      agent(async (_task, { write }) => write([])),
      { text: '' },
    );
    expect(trace.failed?.code).toBe('agent.planner');
    expect(() => agentOf('diret')).toThrowError(expect.objectContaining({ code: 'agent.name', hint: expect.stringContaining('direct') }));
    const none = agent(async (_task, { equipment }) => String(await equipment.get('painter')));
    expect((await runAgent(none, { text: '' })).trace.failed?.code).toBe('agent.equipment');
  });

  it('throws the stop of its caller and faults of the agent', async () => {
    const stop = new AbortController();
    const waits = agent(async () => {
      stop.abort();
      throw new SensoriumError('agent.tool', 'late');
    });
    await expect(runAgent(waits, { text: '' }, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
    await expect(
      runAgent(
        agent(() => Promise.reject(new TypeError('x'))),
        { text: '' },
      ),
    ).rejects.toBeInstanceOf(TypeError);
  });

  it('is shown as a page with its pictures, escaped', async () => {
    const { trace, workspace } = await runAgent(
      agent(async ({ images }, { step, workspace: w }) => {
        const mask = w.put('mask', { width: 4, height: 4, data: new Uint8Array(16).fill(1) }, 'all');
        step({ kind: 'call', name: 'LOC', items: [images[0] as string, mask], boxes: [{ box: [0, 0, 2, 2], label: '<b>cup</b>' }] });
        return '<script>alert(1)</script>';
      }),
      { text: 'x', images: [{ image, origin: 'a.png' }] },
    );
    const page = await tracePage(trace, workspace);
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<b>cup');
    expect(page.match(/data:image\/png/g)).toHaveLength(1);
    expect(page).toContain('image_1 with mask_1');
  });
});
