// GPT4Tools: the loop over real tools, and a model of ours that cannot leave the form however little it knows.

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { gpt4toolsPrompt, readGptToolsReply, SEEN_TOOLS } from '../../data/gpt4tools/index.js';
import { Mllm } from '../../generate/mllm.js';
import { toolsOf } from '../controllers/index.js';
import { Equipment } from '../equipment.js';
import { recordedPlanner } from '../planner.js';
import { runAgent } from '../run-agent.js';
import { defineTool, named, type Tool } from '../tool.js';
import type { Tier } from '../trace.js';
import { actInForm, gpt4toolsPlanner } from './index.js';

const image = { width: 4, height: 4, data: new Uint8Array(48).fill(9) };
const crop = defineTool({
  name: 'crop',
  description: 'Crops an image to a thing.',
  input: z.object({ image: named('image'), thing: z.string() }),
  run: ({ image: name, thing }, { workspace }) => {
    if (thing === 'cat') throw new Error('there is no cat');
    return workspace.put('image', { ...workspace.get('image', name), width: 2, height: 8 } as never, `crop of ${thing}`);
  },
}) as Tool;
const unfit = defineTool({ name: 'sum', description: 'Adds.', input: z.object({ a: z.number() }), run: ({ a }) => a }) as Tool;
const call = (args: string): string => `Thought: Do I need to use a tool? Yes\nAction: Crop\nAction Input: ${args}`;
const run = (replies: string[], tools: readonly Tool[] = [crop, unfit], tier: Tier = 'url') =>
  runAgent(
    {
      name: 'in-form',
      about: 'for the test',
      tiers: ['url', 'own'],
      run: (task, context) => actInForm(task, context, toolsOf({ equipment: new Equipment({}), tools }, [])),
    },
    { text: 'Crop image/101.png to the dog.', images: [{ image: image as never, origin: 'a.png' }] },
    { planner: recordedPlanner(replies, tier) },
  );

describe('the loop', () => {
  it('calls tools by their titles with named arguments, and goes on with what they make', async () => {
    const { trace, workspace } = await run([
      call('image/101.png, dog'),
      call('image/102.png, nose'),
      'Thought: Do I need to use a tool? No\nAI: Done.',
    ]);
    expect(trace.answer).toBe('Done.');
    expect(trace.steps.map(({ kind, output }) => [kind, output])).toEqual([
      ['call', 'image_2'],
      ['call', 'image_3'],
      ['answer', undefined],
    ]);
    expect(workspace.names('image')).toEqual(['image_1', 'image_2', 'image_3']);
  });

  it('takes failures as observations, repeated calls as the end, and nothing out of the form', async () => {
    const failed = await run([call('image/101.png, cat'), 'Thought: Do I need to use a tool? No\nAI: There is none.']);
    expect(failed.trace).toMatchObject({ answer: 'There is none.', steps: [{ error: { code: 'agent.tool' } }, { kind: 'answer' }] });
    expect((await run([call('image/101.png, dog'), call('image/101.png, dog')], [crop], 'own')).trace.answer).toBe('image/102.png');
    expect((await run(['I crop it.'])).trace.failed?.code).toBe('agent.planner');
    expect((await run([call('image/101.png, dog')], [unfit])).trace.failed?.code).toBe('agent.equipment');
  });
});

it('an untuned model stays in the form', async () => {
  const model = await Mllm.load('models/world-llama');
  try {
    const prompts = ['Hello!', 'Segment image/123.png into its parts.'].map((input) =>
      gpt4toolsPrompt({ tools: SEEN_TOOLS.slice(0, 2), input }),
    );
    const replies = await gpt4toolsPlanner(model).replies(
      prompts.map((content) => [{ role: 'user', content }]),
      { maxTokens: 120 },
    );
    for (const reply of replies) expect(readGptToolsReply(reply)).toBeDefined();
  } finally {
    await model.dispose();
  }
});
