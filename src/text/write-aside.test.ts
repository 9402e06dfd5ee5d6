// Prompts written in worker threads: the same ids, the same errors, ended when nobody waits, and one id for each image.

import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import * as jobs from '../util/jobs.js';
import { disposeJobs } from '../util/jobs.js';
import { ChatTemplate } from './chat.js';
import type { ChatMessage } from './messages.js';
import { encodeChat } from './sample.js';
import { testTokenizer } from './testing.js';
import { encodeAside, LONG_TEXT, writePromptAside } from './write-aside.js';
import { placeMedia, type WrittenPrompt, writePrompt } from './written.js';

const tokenizer = testTokenizer();
const template = ChatTemplate.forTokenizer(tokenizer);
const how = { tokenizer, template, addGenerationPrompt: true };
const long = `What is left of <|end|> the dog? 画面 🦊 ${'a red cup and '.repeat(LONG_TEXT / 14)}`;
const asked = (content: ChatMessage['content']): ChatMessage[] => [
  { role: 'system', content: 'Answer.' },
  { role: 'user', content },
];
const image = { type: 'image' as const, source: new Uint8Array(3) };

afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => disposeJobs());

describe('a prompt', () => {
  it('is written here where it is short, else in a thread, with the same ids', async () => {
    const run = vi.spyOn(jobs, 'runJob');
    for (const [text, threads] of [
      ['What is left of the dog?', 0],
      [long, 1],
    ] as const)
      for (const content of [text, [image, { type: 'text' as const, text }, image]]) {
        run.mockClear();
        const written = (await writePromptAside(asked(content), how)) as WrittenPrompt;
        expect(written).toEqual(writePrompt(asked(content), how));
        expect(run).toHaveBeenCalledTimes(threads);
      }
  });

  it('has a place for each image, which takes as many ids as it is given', async () => {
    const messages = asked([image, { type: 'text', text: long }, image]);
    const written = (await writePromptAside(messages, how)) as WrittenPrompt;
    const { ids, imageRuns } = encodeChat(messages, { ...how, imageTokens: [3, [5, 6]] });
    const id = tokenizer.specialIds.image as number;
    expect(
      placeMedia(written, [
        [id, id, id],
        [5, 6],
      ]),
    ).toEqual({ ids, imageRuns });
    expect(encodeChat(messages, { ...how, imageTokens: [3, [5, 6]], written }).ids).toEqual(ids);
    expect(imageRuns.map(([, length]) => length)).toEqual([3, 2]);
  });

  it('is not written when it is certainly too long, whatever makes it long', async () => {
    expect(await writePromptAside(asked(long), how, { limit: 20 })).toEqual({ exceeded: expect.any(Number) });
    expect(await writePromptAside(asked('dog '.repeat(300)), how, { limit: 20 })).toEqual({ exceeded: expect.any(Number) });
    expect(await writePromptAside(asked(long), how, { limit: 100_000 })).toHaveProperty('ids');
    expect(await encodeAside(tokenizer, [long], { limit: 20 })).toEqual({ exceeded: expect.any(Number) });
  });

  it('fails as it does here', async () => {
    const source =
      "{% for message in messages %}{{ message.content }}{% endfor %}{% if messages[0].content|length > 100 %}{{ raise_exception('no') }}{% endif %}";
    const refusing = new ChatTemplate(source, { specialTokens: tokenizer.specialTokens.keys() });
    const messages: ChatMessage[] = [{ role: 'user', content: long }];
    const fails = { ...how, template: refusing };
    const error = (await writePromptAside(messages, fails).catch((e: unknown) => e)) as Error;
    expect(error).toMatchObject({ code: 'text.template' });
    expect(() => writePrompt(messages, fails)).toThrow(error.message);
  });

  it('is rendered here where a thread would see something else', async () => {
    class Thing {}
    const run = vi.spyOn(jobs, 'runJob');
    const source = '{% for message in messages %}{{ message.content }}{% endfor %}{{ thing }}';
    const telling = { ...how, template: new ChatTemplate(source, { specialTokens: [] }), variables: { thing: new Thing() } };
    expect(await writePromptAside([{ role: 'user', content: long }], telling)).toEqual(
      writePrompt([{ role: 'user', content: long }], telling),
    );
    const dated = {
      ...how,
      template: new ChatTemplate('{{ messages[0].content }}{{ strftime_now("%Y") }}', { specialTokens: [], now: () => new Date(0) }),
    };
    await writePromptAside([{ role: 'user', content: long }], dated);
    expect(run).not.toHaveBeenCalled();
  });

  it('is given up when nobody waits for it', async () => {
    const stop = new AbortController();
    const given = writePromptAside(asked(long), how, { signal: stop.signal }).catch((error: Error) => error.message);
    stop.abort(new Error('left'));
    expect(await given).toBe('left');
    await expect(writePromptAside(asked('short'), how, { signal: stop.signal })).rejects.toThrow('left');
  });
});

describe('texts', () => {
  it('have the same ids in a thread, special tokens read or not', async () => {
    for (const special of [false, true])
      for (const texts of [
        ['a <|end|> b', ''],
        [long, 'a <|end|> b'],
      ]) {
        const ids = (await encodeAside(tokenizer, texts, { special })) as readonly ArrayLike<number>[];
        expect(ids.map((one) => Array.from(one))).toEqual(texts.map((text) => tokenizer.encode(text, { special })));
      }
  });
});
