// Agents in the server: done in place of the model where a request asks and the server allows it; whole and streamed.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Equipment } from '../agents/index.js';
import { encodePng } from '../media/index.js';
import { type RunningServer, serve } from './server.js';
import { FakeEngine } from './testing.js';

let server: RunningServer;
let plain: RunningServer;
let url: string;
const engine = new FakeEngine();

beforeAll(async () => {
  const detector = { labels: ['dog'], detect: async () => [{ label: 'dog', box: [1, 1, 9, 9] as const, score: 0.9 }] };
  const equipment = new Equipment({ detectors: [{ name: 'made', detector }] });
  server = await serve({ engine, model: 'fake', port: 0, agents: { names: ['visprog'], equipment } });
  plain = await serve({ engine, model: 'fake', port: 0 });
  url = `data:image/png;base64,${Buffer.from(await encodePng({ width: 12, height: 12, data: new Uint8Array(432).fill(200) })).toString('base64')}`;
});
afterAll(async () => {
  await server.close();
  await plain.close();
});

const ask = async (text: string, more: object, to = server) => {
  const content = [
    { type: 'image_url', image_url: { url } },
    { type: 'text', text },
  ];
  const body = JSON.stringify({ model: 'fake', messages: [{ role: 'user', content }], ...more });
  return fetch(`${to.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
};

describe('sensorium.agent', () => {
  it('answers with the steps of the task, and asks the model nothing', async () => {
    const response = await ask('How many dogs are there?', { sensorium: { agent: 'visprog' } });
    expect(response.status).toBe(200);
    const { choices, sensorium } = (await response.json()) as { choices: { message: { content: string } }[]; sensorium: object };
    expect(choices[0]?.message.content).toBe('1');
    expect(sensorium).toMatchObject({ agent: 'visprog', tier: 'grammar' });
    expect(engine.requests).toHaveLength(0);
  });

  it('streams the answer', async () => {
    const text = await (await ask('Is there a dog?', { sensorium: { agent: 'visprog' }, stream: true })).text();
    expect(text).toContain('"content":"yes"');
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  });

  it('says why a task has no answer', async () => {
    const response = await ask('How many unicorns are there?', { sensorium: { agent: 'visprog' } });
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: '' } }],
      sensorium: { failed: { code: 'agent.equipment' } },
    });
  });

  it('is refused for agents that the server does not run', async () => {
    for (const response of [
      await ask('x', { sensorium: { agent: 'chameleon' } }),
      await ask('x', { sensorium: { agent: 'visprog' } }, plain),
      await ask('x', { sensorium: { agent: 'visprog' }, n: 2 }),
    ])
      expect(response.status).toBe(400);
    await expect(
      serve({ engine, model: 'fake', port: 0, agents: { names: ['vispro'], equipment: new Equipment({}) } }),
    ).rejects.toMatchObject({
      code: 'agent.name',
    });
  });
});
