// The Responses API and completions through the unmodified openai package: the same words as chat completions, items, events, what is kept.

import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../generate/index.js';
import { languageModel } from '../model/index.js';
import type { ChatTemplate } from '../text/index.js';
import { ModelEngine } from './model-engine.js';
import { type RunningServer, serve } from './server.js';
import { pictureUrl, TOOLS_TEMPLATE } from './testing.js';

let model: Mllm;
let engine: ModelEngine;
let server: RunningServer;
let client: OpenAI;
beforeAll(async () => {
  const names = TOOLS_TEMPLATE.replace('{{ tool | tojson }}', '{{ tool.function.name }}');
  model = await Mllm.load('models/sensorium-tiny', { template: names });
  engine = await ModelEngine.create(model);
  server = await serve({ engine, model: 'tiny', port: 0 });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterAll(async () => {
  await server.close({ drainMs: 0 });
  await engine.dispose();
  await model.dispose();
});

const lookup: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'lookup',
  strict: true,
  parameters: { type: 'object', properties: { animal: { enum: ['dog', 'cat'] } }, required: ['animal'], additionalProperties: false },
};
const chat = (messages: OpenAI.ChatCompletionMessageParam[]) =>
  client.chat.completions.create({ model: 'tiny', messages, temperature: 0, max_tokens: 24 });

describe('responses', () => {
  it('say what chat completions say, of texts and images', async () => {
    const expected = await chat([
      { role: 'system', content: 'Answer.' },
      { role: 'user', content: 'Is there a dog?' },
    ]);
    const response = await client.responses.create({
      model: 'tiny',
      instructions: 'Answer.',
      input: 'Is there a dog?',
      temperature: 0,
      max_output_tokens: 24,
    });
    expect(response.output_text).toBe(expected.choices[0]?.message.content);
    expect(response.status).toBe('completed');
    expect(response.usage?.input_tokens).toBe(expected.usage?.prompt_tokens);
    expect(response.usage?.output_tokens).toBe(expected.usage?.completion_tokens);
    const url = await pictureUrl([200, 30, 30]);
    const seen = await chat([
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url } },
          { type: 'text', text: 'What?' },
        ],
      },
    ]);
    const image = await client.responses.create({
      model: 'tiny',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_image', image_url: url, detail: 'auto' },
            { type: 'input_text', text: 'What?' },
          ],
        },
      ],
      temperature: 0,
      max_output_tokens: 24,
    });
    expect(image.output_text).toBe(seen.choices[0]?.message.content);
  });

  it('stream the same as events in order, with log-probabilities where they are asked for', async () => {
    const request = {
      model: 'tiny',
      input: 'Is there a dog?',
      temperature: 0,
      max_output_tokens: 6,
      include: ['message.output_text.logprobs' as const],
      top_logprobs: 2,
    };
    const whole = await client.responses.create(request);
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of await client.responses.create({ ...request, stream: true })) events.push(event);
    expect(events.map((e) => e.sequence_number)).toEqual(events.map((_, i) => i));
    const types = events.map((e) => e.type).filter((type, i, all) => type !== all[i - 1]);
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      `response.${whole.status}`,
    ]);
    const text = events.map((e) => (e.type === 'response.output_text.delta' ? e.delta : '')).join('');
    expect(text).toBe(whole.output_text);
    const last = events.at(-1) as { response: OpenAI.Responses.Response };
    expect(last.response.usage).toEqual(whole.usage);
    const part = (whole.output[0] as OpenAI.Responses.ResponseOutputMessage).content[0] as OpenAI.Responses.ResponseOutputText;
    expect(part.logprobs).toHaveLength(whole.usage?.output_tokens as number);
    expect(part.logprobs?.[0]?.top_logprobs).toHaveLength(2);
    // The package's own accumulator agrees.
    const final = await client.responses.stream({ ...request, include: [] }).finalResponse();
    expect(final.output_text).toBe(whole.output_text);
  });

  it('call functions, and take the results as items', async () => {
    const request = {
      model: 'tiny',
      input: 'Is there a dog?',
      tools: [lookup],
      tool_choice: 'required' as const,
      parallel_tool_calls: false,
      seed: 3,
    };
    const response = await client.responses.create(request);
    const [call] = response.output as OpenAI.Responses.ResponseFunctionToolCall[];
    expect(call?.type).toBe('function_call');
    expect(['dog', 'cat']).toContain((JSON.parse(call?.arguments as string) as { animal: string }).animal);
    const types: string[] = [];
    for await (const event of await client.responses.create({ ...request, stream: true })) types.push(event.type);
    expect(types).toContain('response.function_call_arguments.done');
    const next = await client.responses.create({
      model: 'tiny',
      previous_response_id: response.id,
      input: [{ type: 'function_call_output', call_id: call?.call_id as string, output: 'yes' }],
      tools: [lookup],
      max_output_tokens: 8,
      temperature: 0,
    });
    // All of it sent at once, the call by reference, is the same conversation.
    const again = await client.responses.create({
      model: 'tiny',
      input: [
        { role: 'user', content: 'Is there a dog?' },
        { type: 'item_reference', id: call?.id as string },
        { type: 'function_call_output', call_id: call?.call_id as string, output: 'yes' },
      ],
      tools: [lookup],
      max_output_tokens: 8,
      temperature: 0,
    });
    expect(again.output_text).toBe(next.output_text);
    expect(again.usage).toEqual(next.usage);
  });

  it('list their input in pages, the last item first unless asked otherwise, and take any of it by reference', async () => {
    const turns = ['a', 'b', 'c'].map((content) => ({ role: 'user' as const, content }));
    const { id } = await client.responses.create({ model: 'tiny', input: turns, max_output_tokens: 1 });
    const words = async (query: OpenAI.Responses.InputItemListParams): Promise<string[]> => {
      const all: string[] = [];
      for await (const item of client.responses.inputItems.list(id, query))
        all.push((item as { content: { text: string }[] }).content[0]?.text ?? '');
      return all;
    };
    expect(await words({ limit: 2 })).toEqual(['c', 'b', 'a']);
    expect(await words({ limit: 1, order: 'asc' })).toEqual(['a', 'b', 'c']);
    const page = await client.responses.inputItems.list(id, { limit: 2, order: 'asc' });
    expect(page.has_more).toBe(true);
    for (const query of [{ limit: 0 }, { after: 'nothing' }, { order: 'up' as 'asc' }])
      await expect(client.responses.inputItems.list(id, query)).rejects.toMatchObject({ status: 400, param: Object.keys(query)[0] });
    const named = await client.responses.create({
      model: 'tiny',
      input: [{ type: 'item_reference', id: page.data[0]?.id as string }],
      max_output_tokens: 1,
    });
    const told = await client.responses.create({ model: 'tiny', input: 'a', max_output_tokens: 1 });
    expect(named.usage?.input_tokens).toBe(told.usage?.input_tokens);
  });

  it('name the item that an error is about', async () => {
    const item = (image_url: string) => ({
      role: 'user' as const,
      content: [{ type: 'input_image' as const, image_url, detail: 'auto' as const }],
    });
    const damaged = `data:image/png;base64,${Buffer.from('89504e470d0a1a0a00000000', 'hex').toString('base64')}`;
    const create = (input: OpenAI.Responses.ResponseInput) => client.responses.create({ model: 'tiny', instructions: 'x', input });
    await expect(create([{ role: 'user', content: 'x' }, item(damaged)])).rejects.toMatchObject({
      status: 400,
      param: 'input[1].content[0]',
    });
    await expect(create([{ role: 'user', content: 'hi '.repeat(3000) }])).rejects.toMatchObject({
      param: 'input',
      code: 'context_length_exceeded',
    });
  });

  it('have the form that is asked for', async () => {
    const response = await client.responses.create({
      model: 'tiny',
      input: 'Which?',
      text: {
        format: { type: 'json_schema', name: 'x', schema: { type: 'object', properties: { a: { enum: [1, 2] } }, required: ['a'] } },
      },
      temperature: 0,
    });
    expect([1, 2]).toContain((JSON.parse(response.output_text) as { a: number }).a);
  });

  it('are kept for their owner until they are deleted', async () => {
    const response = await client.responses.create({ model: 'tiny', input: 'Hello', max_output_tokens: 3 });
    expect(response.status).toMatch(/completed|incomplete/);
    expect((await client.responses.retrieve(response.id)).output_text).toBe(response.output_text);
    const items = await client.responses.inputItems.list(response.id);
    expect(items.data).toEqual([
      {
        type: 'message',
        id: expect.stringMatching(/^msg_/),
        role: 'user',
        status: 'completed',
        content: [{ type: 'input_text', text: 'Hello' }],
      },
    ]);
    await client.responses.delete(response.id);
    await expect(client.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404, code: 'response_not_found' });
    const unkept = await client.responses.create({ model: 'tiny', input: 'Hello', max_output_tokens: 3, store: false });
    await expect(client.responses.create({ model: 'tiny', input: 'x', previous_response_id: unkept.id })).rejects.toMatchObject({
      status: 404,
      param: 'previous_response_id',
    });
  });

  it('name the field of what they cannot do', async () => {
    const nowhere = { type: 'object', properties: { a: { $ref: '#/nowhere' } }, required: ['a'] };
    const odd = { type: 'function', name: 'odd', parameters: nowhere };
    const cases: [Record<string, unknown>, string, string][] = [
      [{ model: 'other' }, 'model', 'model_not_found'],
      [{ input: [] }, 'input', 'invalid_value'],
      [{ tools: [{ type: 'web_search' }] }, 'tools[0].type', 'invalid_value'],
      [{ background: true }, 'background', 'invalid_value'],
      [{ truncation: 'auto' }, 'truncation', 'invalid_value'],
      [{ tool_choice: { type: 'function', name: 'nothing' }, tools: [lookup] }, 'tool_choice.name', 'invalid_value'],
      [{ conversation: 'c' }, 'conversation', 'unknown_parameter'],
      [{ text: { format: { type: 'json_schema', name: 'x', schema: nowhere } } }, 'text.format.schema', 'invalid_schema'],
      [{ tools: [lookup, odd], tool_choice: 'required' }, 'tools[1].parameters', 'invalid_schema'],
      [
        { tools: [lookup, odd], tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'odd' }] } },
        'tools[1].parameters',
        'invalid_schema',
      ],
      [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0].id', 'response_not_found'],
      [
        { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,a!' }] }] },
        'input[0].content[0].image_url.url',
        'invalid_image_url',
      ],
    ];
    for (const [body, param, code] of cases)
      await expect(
        client.post('/responses', { body: { model: 'tiny', input: 'Hello', ...body } }),
        JSON.stringify(body),
      ).rejects.toMatchObject({ param, code });
  });
});

describe('completions', () => {
  it('continue a prompt as the model itself does, in text or ids, several at once, whole and streamed', async () => {
    const lm = await Mllm.load('models/world-llama');
    const base = await ModelEngine.create(lm);
    const served = await serve({ engine: base, model: 'lm', port: 0 });
    const api = new OpenAI({ baseURL: `${served.url}/v1`, apiKey: 'none', maxRetries: 0 });
    try {
      const expected = await lm.complete('There is a', { maxTokens: 8 });
      const request = { model: 'lm', prompt: 'There is a', temperature: 0, max_tokens: 8 };
      const whole = await api.completions.create({ ...request, echo: true });
      expect(whole.choices[0]?.text).toBe(`There is a${expected.text}`);
      expect(whole.choices[0]?.finish_reason).toBe(expected.finish);
      const tokenizer = lm.tokenizer;
      const ids = await api.completions.create({ ...request, prompt: tokenizer.encode('There is a'), logprobs: 2 });
      expect(ids.choices[0]?.text).toBe(expected.text);
      const logprobs = ids.choices[0]?.logprobs as OpenAI.CompletionChoice.Logprobs;
      expect(logprobs.token_logprobs).toHaveLength(expected.tokens.length);
      expect(logprobs.token_logprobs?.[0]).toBeCloseTo(expected.tokens[0]?.logProb as number, 4);
      expect(Object.keys(logprobs.top_logprobs?.[0] as object)).toHaveLength(2);
      const several = await api.completions.create({ ...request, prompt: ['There is a', 'There are'], n: 2 });
      expect(several.choices.map((c) => c.index)).toEqual([0, 1, 2, 3]);
      expect(several.choices[1]?.text).toBe(expected.text);
      let streamed = '';
      let usage: OpenAI.CompletionUsage | null | undefined;
      for await (const chunk of await api.completions.create({ ...request, stream: true, stream_options: { include_usage: true } })) {
        streamed += chunk.choices[0]?.text ?? '';
        usage = chunk.usage ?? usage;
      }
      expect(streamed).toBe(expected.text);
      expect(usage).toEqual(whole.usage);
      const { vocab_size: size } = languageModel(lm.model.network).config;
      await expect(api.completions.create({ ...request, prompt: [size] })).rejects.toMatchObject({ status: 400, param: 'prompt' });
      await expect(api.completions.create({ ...request, prompt: '' })).rejects.toMatchObject({ status: 400, param: 'prompt' });
      await expect(api.completions.create({ ...request, best_of: 3 })).rejects.toMatchObject({ status: 400, param: 'best_of' });
    } finally {
      await served.close({ drainMs: 0 });
      await base.dispose();
      await lm.dispose();
    }
  });

  it('read special tokens in a prompt, but no placeholders of images', async () => {
    const expected = await chat([{ role: 'user', content: 'Is there a dog?' }]);
    const { text } = (model.model.template as ChatTemplate).render([{ role: 'user', content: 'Is there a dog?' }], {
      addGenerationPrompt: true,
    });
    const whole = await client.completions.create({ model: 'tiny', prompt: text, temperature: 0, max_tokens: 24 });
    expect(whole.choices[0]?.text).toBe(expected.choices[0]?.message.content);
    expect(whole.usage?.prompt_tokens).toBe(expected.usage?.prompt_tokens);
    await expect(client.completions.create({ model: 'tiny', prompt: '<image>x' })).rejects.toMatchObject({ code: 'unsupported_content' });
  });
});

describe('keys of messages', () => {
  it('reach the template or are refused', async () => {
    const send = (message: object, more: object = {}) =>
      client.post('/chat/completions', {
        body: { model: 'tiny', max_tokens: 1, messages: [{ role: 'user', content: 'x' }, message], ...more },
      });
    await expect(send({ role: 'user', content: 'x', contnt: 'y' })).rejects.toMatchObject({
      code: 'unknown_parameter',
      param: 'messages[1].contnt',
    });
    await expect(send({ role: 'user', content: [{ type: 'text', text: 'x', txt: 'y' }] })).rejects.toMatchObject({
      param: 'messages[1].content[0].txt',
    });
    await send({
      role: 'assistant',
      content: 'x',
      refusal: null,
      annotations: [],
      audio: null,
      function_call: null,
      reasoning_content: 'hm',
    });
    await send({ role: 'tool', content: '12', tool_call_id: 'c1', name: 'f' });
    await send({ role: 'user', content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }] });
    await expect(send({ role: 'user', content: 'x' }, { chat_template_kwargs: { messages: [] } })).rejects.toMatchObject({
      param: 'chat_template_kwargs.messages',
    });
    await send({ role: 'user', content: 'x' }, { chat_template_kwargs: { a: '<|end|>' } });
    await send({ role: 'user', content: 'x' }, { chat_template_kwargs: { enable_thinking: false } });
    await expect(send({ role: 'user', content: 'x' }, { continue_final_message: true })).rejects.toMatchObject({
      param: 'continue_final_message',
    });
  });
});
