// Calls that are forced, of a model that would rather talk: valid arguments by construction, whole and streamed, through the openai package.

import { generateText, jsonSchema, tool } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../generate/index.js';
import { createSensorium } from './ai-provider.js';
import { ModelEngine } from './model-engine.js';
import { type RunningServer, serve } from './server.js';
import { TOOLS_TEMPLATE } from './testing.js';

let model: Mllm;
let engine: ModelEngine;
let server: RunningServer;
let client: OpenAI;
const warnings: string[] = [];
beforeAll(async () => {
  // The model's context is short: tools are written by their names.
  const names = TOOLS_TEMPLATE.replace('{{ tool | tojson }}', '{{ tool.function.name }}');
  model = await Mllm.load('models/sensorium-tiny', { template: names });
  engine = await ModelEngine.create(model, { onWarning: (text) => warnings.push(text) });
  server = await serve({ engine, model: 'tiny', port: 0 });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterAll(async () => {
  await server.close({ drainMs: 0 });
  await engine.dispose();
  await model.dispose();
});

const lookup = {
  type: 'object',
  properties: { animal: { $ref: '#/$defs/animal' }, count: { type: 'integer', minimum: 1, maximum: 9 } },
  required: ['animal', 'count'],
  additionalProperties: false,
  $defs: { animal: { enum: ['dog', 'cat'] } },
};
const tools: OpenAI.ChatCompletionTool[] = [
  { type: 'function', function: { name: 'lookup', parameters: lookup } },
  { type: 'function', function: { name: 'done' } },
];
const request = (options: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
  model: 'tiny',
  messages: [{ role: 'user', content: 'Is there a dog?' }],
  tools,
  tool_choice: 'required',
  parallel_tool_calls: false,
  temperature: 1.2,
  ...options,
});
type Call = OpenAI.ChatCompletionMessageFunctionToolCall;
const callsOf = ({ choices }: OpenAI.ChatCompletion): Call[] => (choices[0]?.message.tool_calls ?? []) as Call[];

/** Throws for a call that its tool would not take. */
function check({ function: f }: Pick<Call, 'function'>): string {
  const args = JSON.parse(f.arguments) as { animal: string; count: number };
  if (f.name === 'done') expect(args).toEqual({});
  else {
    expect(f.name).toBe('lookup');
    expect(['dog', 'cat']).toContain(args.animal);
    expect(Object.keys(args)).toEqual(['animal', 'count']);
    expect(args.count).toBeGreaterThanOrEqual(1);
    expect(args.count).toBeLessThanOrEqual(9);
  }
  return f.name;
}

describe('a forced call', () => {
  it('is of any tool, and nothing else is said', async () => {
    const names = new Set<string>();
    for (let seed = 0; seed < 8; seed++) {
      const completion = await client.chat.completions.create(request({ seed }));
      expect(completion.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
      const calls = callsOf(completion);
      expect(calls).toHaveLength(1);
      names.add(check(calls[0] as Call));
    }
    expect(names.size).toBeGreaterThan(0);
  });

  it('is of the function that is named, also drawn wildly and with stop strings that it holds', async () => {
    for (const name of ['lookup', 'done']) {
      const completion = await client.chat.completions.create(
        request({ tool_choice: { type: 'function', function: { name } }, temperature: 2, seed: 1, stop: ['"', 'name'], n: 3 }),
      );
      expect(completion.choices).toHaveLength(3);
      for (const { message } of completion.choices) expect(check((message.tool_calls as Call[])[0] as Call)).toBe(name);
    }
  });

  it('streams as the same call', async () => {
    const asked = request({ seed: 4, logprobs: true });
    const whole = await client.chat.completions.create(asked);
    const stream = await client.chat.completions.create({ ...asked, stream: true });
    const seen: Pick<Call, 'function'>[] = [];
    let text = '';
    let finish: string | null | undefined;
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? '';
      for (const call of choices[0]?.delta.tool_calls ?? []) seen.push(call as Call);
      finish = choices[0]?.finish_reason ?? finish;
    }
    expect([text, finish]).toEqual(['', 'tool_calls']);
    expect(seen.map((call) => call.function)).toEqual(callsOf(whole).map((call) => call.function));
    expect(whole.choices[0]?.logprobs?.content?.map((token) => token.token).join('')).toMatch(
      /^<tool_call>\n\{"name": "\w+", "arguments": \{/,
    );
  });

  it('comes once or more where parallel calls are allowed', async () => {
    const completion = await client.chat.completions.create(request({ parallel_tool_calls: true, seed: 2, max_tokens: 90 }));
    const calls = callsOf(completion);
    expect(calls.length).toBeGreaterThan(0);
    for (const call of calls.slice(0, -1)) check(call);
    if (completion.choices[0]?.finish_reason === 'tool_calls') check(calls.at(-1) as Call);
    else expect(completion.choices[0]?.finish_reason).toBe('length');
  });

  it('that is cut by the limit says so and shows how far it came', async () => {
    const named = { type: 'function' as const, function: { name: 'lookup' } };
    const cut = await client.chat.completions.create(request({ tool_choice: named, max_tokens: 22, temperature: 0 }));
    expect(cut.choices[0]).toMatchObject({ finish_reason: 'length' });
    const whole = await client.chat.completions.create(request({ tool_choice: named, temperature: 0 }));
    const [part, all] = [cut, whole].map((c) => callsOf(c)[0]?.function.arguments ?? '') as [string, string];
    expect(all.startsWith(part)).toBe(true);
    expect(part.length).toBeLessThan(all.length);
    const start = await client.chat.completions.create(request({ tool_choice: named, max_tokens: 2 }));
    expect(start.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '' } });
  });

  it('is refused by field where it cannot be', async () => {
    const refusal = (options: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) => client.chat.completions.create(request(options));
    const fn = (name: string, parameters: Record<string, unknown>) => [{ type: 'function' as const, function: { name, parameters } }];
    const nobody = { type: 'function' as const, function: { name: 'nobody' } };
    await expect(refusal({ tool_choice: nobody })).rejects.toMatchObject({ status: 400, param: 'tool_choice.function.name' });
    const nowhere = refusal({ tools: fn('lookup', { properties: { a: { $ref: '#/nowhere' } }, required: ['a'] }) });
    await expect(nowhere).rejects.toMatchObject({ status: 400, param: 'tools[0].function.parameters', code: 'invalid_schema' });
    await expect(nowhere).rejects.toThrow(/lookup#\/properties\/a/);
    await expect(refusal({ tools: fn('lookup', { type: 'array' }) })).rejects.toMatchObject({
      status: 400,
      param: 'tools[0].function.parameters',
    });
    await expect(refusal({ tools: [...fn('a', {}), ...fn('a', {})] })).rejects.toMatchObject({ status: 400, param: 'tools' });
    await expect(refusal({ tools: undefined })).rejects.toMatchObject({ status: 400, param: 'tool_choice' });
    await expect(refusal({ tool_choice: { type: 'function' } as never })).rejects.toMatchObject({ status: 400 });
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
  });

  it('takes schemas with keywords that say nothing about the text, and warns once', async () => {
    const parameters = {
      type: 'object',
      properties: { at: { type: 'string', maxLength: 3, format: 'color', 'x-order': 1 } },
      required: ['at'],
    };
    const open = { type: 'function' as const, function: { name: 'open', parameters } };
    const named = { type: 'function' as const, function: { name: 'open' } };
    for (const tool_choice of ['auto', 'required', named] as const) {
      const completion = await client.chat.completions.create(request({ tools: [open, ...tools], tool_choice, seed: 5, max_tokens: 60 }));
      expect(completion.choices).toHaveLength(1);
    }
    expect(warnings.filter((w) => w.includes('open#/properties/at/x-order'))).toHaveLength(1);
    expect(warnings.filter((w) => w.includes('open#/properties/at/format'))).toHaveLength(1);
  });

  it('is refused for the tool that cannot be promised; auto and other tools go on', async () => {
    const odd = { type: 'object', properties: { a: { type: 'array', contains: { type: 'null' } } }, required: ['a'] };
    const all = [{ type: 'function' as const, function: { name: 'odd', parameters: odd } }, ...tools];
    const ask = (tool_choice: OpenAI.ChatCompletionToolChoiceOption) =>
      client.chat.completions.create(request({ tools: all, tool_choice, seed: 1, max_tokens: 60 }));
    const refused = { status: 400, param: 'tools[0].function.parameters', code: 'invalid_schema' };
    await expect(ask('required')).rejects.toMatchObject(refused);
    await expect(ask('required')).rejects.toThrow(/odd#\/properties\/a\/contains.*tool_choice auto/);
    await expect(ask({ type: 'function', function: { name: 'odd' } })).rejects.toMatchObject(refused);
    expect((await ask('auto')).choices).toHaveLength(1);
    check(callsOf(await ask({ type: 'function', function: { name: 'done' } }))[0] as Call);
  });

  it('may be made beside a schema of the reply, which holds where none is', async () => {
    const found = { type: 'object', properties: { dog: { type: 'boolean' } }, required: ['dog'], additionalProperties: false };
    const response_format = { type: 'json_schema' as const, json_schema: { name: 'found', schema: found } };
    const kinds: string[] = [];
    for (const sign of ['<', '{']) {
      // The token that a call, or a reply, begins with: the model by itself has no mind to either.
      const logit_bias = { [String(model.tokenizer.encode(sign)[0])]: 100 };
      const { choices } = await client.chat.completions.create(request({ tool_choice: 'auto', response_format, logit_bias, seed: 1 }));
      const [choice] = choices as [OpenAI.ChatCompletion.Choice];
      const [call] = callsOf({ choices } as OpenAI.ChatCompletion);
      kinds.push(call ? 'call' : 'reply');
      if (call) check(call);
      else expect(JSON.parse(choice.message.content ?? '')).toEqual({ dog: expect.any(Boolean) });
    }
    expect(kinds).toEqual(['call', 'reply']);
  });

  it('are not needed for a reply that is one of a few texts, or matches a pattern', async () => {
    const reply = async (body: object): Promise<string | null | undefined> => {
      const plain = { model: 'tiny', messages: request({}).messages, temperature: 1.2, max_tokens: 40 };
      return (await client.chat.completions.create({ ...plain, ...body })).choices[0]?.message.content;
    };
    expect(['a red dog', 'a (blue) cat']).toContain(await reply({ guided_choice: ['a red dog', 'a (blue) cat'] }));
    expect(await reply({ structured_outputs: { regex: '[0-9]{3}-[0-9]{4}' } })).toMatch(/^[0-9]{3}-[0-9]{4}$/);
    expect(
      JSON.parse((await reply({ guided_json: { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 } })) ?? ''),
    ).toHaveLength(2);
    await expect(reply({ guided_regex: '(a' })).rejects.toMatchObject({ status: 400, param: 'guided_regex', code: 'invalid_schema' });
  });

  it('of the AI SDK goes the same way', async () => {
    const inside = createSensorium();
    const input = jsonSchema<{ animal: string; count: number }>(lookup as never);
    const toolset = {
      lookup: tool({ inputSchema: input }),
      done: tool({ inputSchema: jsonSchema({ type: 'object', additionalProperties: false }) }),
    };
    for (const toolChoice of ['required', { type: 'tool', toolName: 'lookup' }] as const) {
      const { toolCalls, warnings } = await generateText({
        model: inside(engine),
        prompt: 'Is there a dog?',
        tools: toolset,
        toolChoice,
        seed: 3,
      });
      expect(warnings).toEqual([]);
      const [first] = toolCalls;
      if (toolChoice !== 'required') expect(first?.toolName).toBe('lookup');
      check({ function: { name: first?.toolName ?? '', arguments: JSON.stringify(first?.input) } });
    }
    await inside.dispose();
  });
});
