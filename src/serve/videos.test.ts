// Videos in requests: their frames go the way of images, and nothing else of them is taken.

import { describe, expect, it } from 'vitest';
import { Mllm } from '../generate/index.js';
import { encodePng } from '../media/index.js';
import { chatRequest } from './chat-schema.js';
import type { EngineRequest } from './engine.js';
import { type OpenOptions, openMessages } from './messages.js';
import { ModelEngine } from './model-engine.js';

const picture = async (grey: number): Promise<string> => {
  const png = await encodePng({ width: 40, height: 30, data: new Uint8Array(40 * 30 * 3).fill(grey) });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
};
const options: OpenOptions = {
  maxImages: 4,
  images: true,
  sources: { remote: undefined, files: undefined, owner: 'someone' },
  signal: new AbortController().signal,
};

/** What a server makes of a request with these parts. */
async function opened(parts: readonly object[], more: Partial<OpenOptions> = {}): Promise<EngineRequest['messages']> {
  const { messages } = chatRequest.parse({
    model: 'x',
    messages: [{ role: 'user', content: [...parts, { type: 'text', text: 'What?' }] }],
  });
  return (await openMessages(messages, { ...options, ...more })).messages;
}

describe('a video in a request', () => {
  it('is its frames, each counted as an image', async () => {
    const frames = await Promise.all([10, 90, 170].map(picture));
    const [message] = await opened([{ type: 'video', video: frames, fps: 1 }]);
    expect(message?.content).toMatchObject([
      { type: 'video', fps: 1, frames: [expect.any(Uint8Array), expect.any(Uint8Array), expect.any(Uint8Array)] },
      { type: 'text' },
    ]);
    const tooMany = [
      { type: 'image_url', image_url: { url: frames[0] } },
      { type: 'video', video: [...frames, ...frames] },
    ];
    await expect(opened(tooMany)).rejects.toMatchObject({ apiCode: 'too_many_images', param: 'messages[0].content[1]' });
    await expect(opened([{ type: 'video', video: frames }], { images: false })).rejects.toMatchObject({ apiCode: 'unsupported_content' });
  });

  it('is never a file: no path, no address, no number of frames without end', async () => {
    for (const url of ['/etc/passwd', 'clip.mp4', 'file:///tmp/clip.mp4', 'http://127.0.0.1/1.png'])
      await expect(opened([{ type: 'video', video: [await picture(1), url] }]), url).rejects.toMatchObject({
        apiCode: 'invalid_image_url',
        param: 'messages[0].content[0].video[1]',
      });
    for (const bad of [
      { source: 'clip.mp4' },
      { video: 'clip.mp4' },
      { video: [] },
      { video: new Array(769).fill('x') },
      { video: ['x'], fps: 0 },
    ])
      await expect(opened([{ type: 'video', ...bad }]), JSON.stringify(bad).slice(0, 40)).rejects.toThrow();
    // A key that nobody reads is refused, and none but those of the schema reach the model.
    for (const extra of [{ source: '/etc/passwd' }, { frames: ['/etc/passwd'] }])
      await expect(opened([{ type: 'video', video: [await picture(1)], ...extra }]), JSON.stringify(extra)).rejects.toThrow();
    const [message] = await opened([{ type: 'video', video: [await picture(1)], source: null, cache_control: { type: 'ephemeral' } }]);
    expect(message?.content).toEqual([
      { type: 'video', frames: [expect.any(Uint8Array)] },
      { type: 'text', text: 'What?' },
    ]);
  });

  it('is seen by a model that takes videos, within one budget of pixels', async () => {
    const model = await Mllm.load('test/golden/families/llava-onevision/siglip-qwen2');
    const messages = await opened([{ type: 'video', video: await Promise.all([10, 90].map(picture)) }]);
    const read = async (engine: ModelEngine): Promise<string> => {
      let text = '';
      for await (const event of await engine.submit({ messages, maxTokens: 4, temperature: 0 })) text += event.text;
      return text;
    };
    const engine = await ModelEngine.create(model);
    let wanted = '';
    for await (const piece of model.stream({ messages, maxTokens: 4 })) wanted += piece.text;
    expect(await read(engine)).toBe(wanted);
    await engine.dispose();
    const small = await ModelEngine.create(model, { maxPixels: 2 * 40 * 30 - 1 });
    await expect(read(small)).rejects.toMatchObject({ apiCode: 'image_too_large', param: 'messages[0].content[0]' });
    await small.dispose();
    await model.dispose();
  });
});
