// `--demos` on the command line: what reaches the model, what is refused before anything is loaded, and that the index is used where there is one.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng, image } from '../media/image.js';
import { plain } from '../reason/demos/testing.js';
import { SensoriumError } from '../util/errors.js';
import type { LoadSpeaker, Request } from './conversation.js';
import { openDemos, openShown, readDemoArgs, withDemoLoad } from './demo-options.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-demos-'));
  for (const [name, rgb, words] of [
    ['a', [250, 0, 0], 'A red square.'],
    ['b', [0, 250, 0], 'A green square.'],
  ] as const) {
    await writeFile(join(dir, `${name}.png`), await encodePng(plain(rgb)));
    await writeFile(join(dir, `${name}.txt`), words);
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const speaker =
  (asked: Request[], fail?: unknown): LoadSpeaker =>
  async () => ({
    async *stream(request) {
      asked.push(request);
      if (fail) throw fail;
      yield { text: 'ok' };
    },
    dispose() {},
  });
const question: Request = { messages: [{ role: 'user', content: [image(plain([200, 0, 0], 9)), { type: 'text', text: 'What is it?' }] }] };
const say = async (load: LoadSpeaker): Promise<string> => {
  let text = '';
  for await (const piece of (await load('m')).stream(question)) text += piece.text;
  return text;
};

describe('options of demonstrations', () => {
  it('are read and bounded, and need --demos', () => {
    expect(readDemoArgs({})).toBeUndefined();
    expect(readDemoArgs({ demos: dir, shots: '3', seed: '5' })).toMatchObject({ path: dir, shots: 3, seed: 5 });
    for (const bad of [
      { shots: '2' },
      { demos: dir, shots: '-1' },
      { demos: dir, shots: 'x' },
      { demos: dir, 'demo-filter': 'ask' },
      { demos: dir, 'demo-filter': '7' },
    ])
      expect(() => readDemoArgs(bad), JSON.stringify(bad)).toThrowError(expect.objectContaining({ code: 'cli.usage' }));
    expect(readDemoArgs({ demos: dir, 'demo-filter': 'ask' }, { ask: true })?.filter).toBe('ask');
  });

  it('name what there is not before a model is loaded', async () => {
    const open = (more: object) => openDemos({ path: dir, shots: 1, selector: 'random', ...more });
    await expect(open({ selector: 'rice' })).rejects.toMatchObject({ code: 'demos.option' });
    await expect(open({ order: 'best' })).rejects.toMatchObject({ code: 'demos.option' });
    await expect(open({ template: 'x' })).rejects.toMatchObject({ code: 'demos.option' });
    await expect(open({ path: join(dir, 'none') })).rejects.toMatchObject({ code: 'data.read' });
  });
});

describe('a model with demonstrations', () => {
  const choice = { path: '', shots: 2, selector: 'random' };

  it('is asked with them in front, and stops where a pattern goes on', async () => {
    const asked: Request[] = [];
    const text = await withDemoLoad({ ...choice, path: dir, template: 'otter' }, speaker(asked), undefined, say);
    expect(text).toBe('ok');
    const [{ messages, stop } = { messages: [], stop: [] }] = asked;
    expect(messages).toHaveLength(1);
    expect(
      ((messages[0] as Request['messages'][number]).content as { type: string }[]).filter(({ type }) => type === 'image'),
    ).toHaveLength(3);
    expect(stop).toContain('<|endofchunk|>');
    expect(await withDemoLoad(undefined, speaker(asked), undefined, say)).toBe('ok');
    expect(asked[1]?.messages).toEqual(question.messages);
  });

  it('says to show fewer where the prompt is too long, and refuses the order that asks the model', async () => {
    const long = new SensoriumError('generate.context', 'the prompt is too long', { expected: '255', got: '267' });
    await expect(withDemoLoad({ ...choice, path: dir }, speaker([], long), undefined, say)).rejects.toMatchObject({
      code: 'generate.context',
      hint: expect.stringContaining('--shots'),
    });
    await expect(withDemoLoad({ ...choice, path: dir, order: 'entropy' }, speaker([]), undefined, say)).rejects.toMatchObject({
      code: 'demos.option',
    });
  });

  it('is a responder whose results say what was shown', async () => {
    const replies = async (conversations: readonly unknown[]) => conversations.map(() => 'ok');
    const { responder, about, dispose } = await openShown({ ...choice, path: dir }, { replies });
    expect(await responder.replies([[{ role: 'user', content: 'Hi' }]], { maxTokens: 1 })).toEqual(['ok']);
    expect(about).toMatchObject({
      path: dir,
      rows: 2,
      shots: 2,
      selector: 'random',
      order: 'similar-last',
      template: 'chat',
      calibrate: false,
    });
    await dispose();
  });
});
