// Items of the Responses API without a server: messages made of them, where they are kept, the events that tell of them.

import { describe, expect, it } from 'vitest';
import { ApiError } from './errors.js';
import type { ReplyDelta } from './reply.js';
import { ResponseStore } from './response-store.js';
import { OutputItems, ResponseEvents } from './responses-events.js';
import { messagesOfItems } from './responses-input.js';
import type { OutputItem, ResponseObject } from './responses-schema.js';

describe('items', () => {
  it('become messages: thoughts and calls join the reply they belong to', () => {
    const { messages, places } = messagesOfItems(
      [
        { role: 'user', content: 'a' },
        { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'hm' }] },
        { role: 'assistant', content: [{ type: 'output_text', text: 'b' }] },
        { type: 'function_call', call_id: '1', name: 'f', arguments: '{}' },
        { type: 'function_call', call_id: '2', name: 'g', arguments: '{}' },
        { type: 'function_call_output', call_id: '1', output: 'x' },
        { type: 'function_call_output', call_id: '2', output: 'y' },
        { role: 'assistant', content: 'c' },
        { role: 'assistant', content: 'd' },
      ],
      1,
      'sys',
    );
    const call = (id: string, name: string) => ({ id, type: 'function', function: { name, arguments: '{}' } });
    expect(messages).toEqual([
      { role: 'system', content: 'sys' },
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b', reasoning_content: 'hm', tool_calls: [call('1', 'f'), call('2', 'g')] },
      { role: 'tool', tool_call_id: '1', content: 'x' },
      { role: 'tool', tool_call_id: '2', content: 'y' },
      { role: 'assistant', content: 'c' },
      { role: 'assistant', content: 'd' },
    ]);
    expect(places.slice(0, 3)).toEqual(['instructions', 'previous_response_id', 'input[1]']);
  });

  it('of one owner are not seen by another, and the oldest are forgotten first', () => {
    const store = new ResponseStore(2000);
    const put = (id: string, owner: string) =>
      store.put(owner, { response: { id, output: [] } as unknown as ResponseObject, input: [], conversation: [] });
    put('a', 'one');
    expect(() => store.get('two', 'a')).toThrow(expect.objectContaining({ status: 404 }));
    for (let i = 0; i < 100; i++) put(`r${i}`, 'one');
    expect(store.bytes).toBeLessThanOrEqual(2000);
    expect(() => store.get('one', 'a')).toThrow(expect.objectContaining({ status: 404 }));
    expect(store.get('one', 'r99').response.id).toBe('r99');
    store.delete('one', 'r99');
    expect(() => store.get('one', 'r99')).toThrow(expect.objectContaining({ status: 404 }));
  });

  it('of one owner are not forgotten for those of another who has more, and go with their items', () => {
    const store = new ResponseStore(2000);
    const put = (id: string, owner: string) =>
      store.put(owner, {
        response: { id, output: [] } as unknown as ResponseObject,
        input: [{ role: 'user', content: '', id: `m${id}` }],
        conversation: [],
      });
    put('a', 'one');
    for (let i = 0; i < 100; i++) put(`r${i}`, 'two');
    expect(store.get('one', 'a').response.id).toBe('a');
    expect(store.item('two', 'mr99', 'input')).toMatchObject({ id: 'mr99' });
    for (const [owner, id] of [
      ['two', 'mr0'],
      ['two', 'ma'],
    ] as const)
      expect(() => store.item(owner, id, 'input')).toThrow(expect.objectContaining({ status: 404 }));
    store.delete('one', 'a');
    expect(() => store.item('one', 'ma', 'input')).toThrow(expect.objectContaining({ status: 404 }));
  });
});

describe('events', () => {
  const begun = { id: 'r', output: [], error: null } as unknown as ResponseObject;
  const options = { begun, finished: (output: readonly OutputItem[]) => ({ ...begun, output: [...output] }), logprobs: false };
  const delta = (text: string, args?: string, finish?: 'length'): ReplyDelta => ({
    text,
    calls: args === undefined ? [] : [{ id: 'c', type: 'function', function: { name: 'f', arguments: args } }],
    logprobs: [],
    finish,
  });

  it('go on counting when a reply fails', async () => {
    const events = new ResponseEvents(options);
    const failing = async function* (): AsyncGenerator<[number, ReplyDelta]> {
      yield [0, delta('so ')];
      throw new Error('far');
    };
    const seen: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const event of events.of(failing())) seen.push(event);
    };
    await expect(read()).rejects.toThrow('far');
    seen.push(...events.failure(new ApiError(500, 'no more', { code: 'internal_error' })));
    const data = seen.map((event) => JSON.parse((event as { data: string }).data));
    expect(data.map((d) => d.sequence_number)).toEqual(data.map((_, i) => i));
    expect(data.at(-2)).toMatchObject({ type: 'error', code: 'internal_error' });
    expect(data.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'server_error' }, output: [{ content: [{ text: 'so ' }] }] },
    });
  });

  it('say which call was cut', () => {
    for (const [args, status] of [
      ['{"a": 1', 'incomplete'],
      ['{"a": 1}', 'completed'],
    ]) {
      const items = new OutputItems(false);
      items.add(delta('', args, 'length'));
      expect(items.end(true)).toMatchObject([{ type: 'function_call', status }]);
    }
  });
});
