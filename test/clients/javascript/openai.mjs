// The openai package: chat completions, completions, responses, embeddings, files and models.

import assert from 'node:assert/strict';
import { createReadStream, readFileSync } from 'node:fs';
import OpenAI, { toFile } from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { ANIMALS, checkAnimals, dataUrl, failure, features, HELLO, idle, QUESTION, server, spendKey, TOO_LONG } from './features.mjs';

const { model, embeddings } = server;
const client = new OpenAI({ baseURL: server.url, apiKey: server.key, maxRetries: 0 });
const limited = new OpenAI({ baseURL: server.url, apiKey: server.limitedKey });
const form = z.object({ animal: z.enum(['dog', 'cat']), count: z.number().int().min(1).max(9) });

const picture = (path) => ({ type: 'image_url', image_url: { url: dataUrl(path) } });
const ask = (...pictures) => [{ role: 'user', content: [...pictures, { type: 'text', text: QUESTION }] }];
const request = { model, messages: ask(picture(server.pictures[0])), temperature: 0, max_tokens: 20 };
const textOf = ({ choices }) => choices[0].message.content;
const create = (more = {}) => client.chat.completions.create({ ...request, ...more });

const countTool = { type: 'function', function: { name: 'count', description: 'Counts animals', parameters: ANIMALS, strict: true } };
const hello = [{ role: 'user', content: HELLO }];

await features('chat', {
  async text() {
    const reply = await create({ messages: hello });
    assert.ok(textOf(reply).length > 0);
    assert.equal(reply.usage.total_tokens, reply.usage.prompt_tokens + reply.usage.completion_tokens);
    assert.match(reply._request_id, /./);
  },
  async streams() {
    const expected = textOf(await create());
    let text = '';
    for await (const chunk of await create({ stream: true })) text += chunk.choices[0]?.delta.content ?? '';
    assert.equal(text, expected);
    const events = client.chat.completions.stream(request);
    assert.equal((await events.finalChatCompletion()).choices[0].message.content, expected);
  },
  async 'usage in streams'() {
    const { usage } = await create();
    const chunks = [];
    for await (const chunk of await create({ stream: true, stream_options: { include_usage: true } })) chunks.push(chunk);
    assert.deepEqual(chunks.at(-1).usage, usage);
    assert.deepEqual(chunks.at(-1).choices, []);
  },
  async images() {
    const without = await create({ messages: ask() });
    const one = await create();
    const two = await create({ messages: ask(...server.pictures.map(picture)) });
    assert.ok(one.usage.prompt_tokens > without.usage.prompt_tokens);
    assert.equal(two.usage.prompt_tokens - one.usage.prompt_tokens, one.usage.prompt_tokens - without.usage.prompt_tokens);
  },
  async 'uploaded images'() {
    const file = await client.files.create({ file: createReadStream(server.pictures[0]), purpose: 'vision' });
    assert.equal(textOf(await create({ messages: ask({ type: 'image_url', image_url: { url: file.id } }) })), textOf(await create()));
    assert.equal(textOf(await create({ messages: ask({ type: 'file', file: { file_id: file.id } }) })), textOf(await create()));
    await client.files.delete(file.id);
  },
  async tools() {
    const calls = [];
    const runner = client.chat.completions.runTools(
      {
        ...request,
        messages: hello,
        max_tokens: 100,
        tool_choice: 'required',
        parallel_tool_calls: false,
        tools: [
          {
            type: 'function',
            function: {
              name: 'count',
              description: 'Counts animals',
              parameters: ANIMALS,
              parse: JSON.parse,
              function: (args) => {
                calls.push(args);
                return 'yes';
              },
            },
          },
        ],
      },
      { maxChatCompletions: 2 },
    );
    await runner.done();
    assert.equal(calls.length, 2);
    for (const args of calls) checkAnimals(args);
    assert.equal(runner.messages.filter(({ role }) => role === 'tool').length, 2);
    const named = await create({ tools: [countTool], tool_choice: { type: 'function', function: { name: 'count' } }, max_tokens: 100 });
    checkAnimals(JSON.parse(named.choices[0].message.tool_calls[0].function.arguments));
    const after = await create({
      tools: [countTool],
      messages: [
        ...hello,
        named.choices[0].message,
        { role: 'tool', tool_call_id: named.choices[0].message.tool_calls[0].id, content: '3' },
      ],
    });
    assert.equal(typeof textOf(after), 'string');
  },
  async 'tools in streams'() {
    const runner = client.chat.completions.stream({
      ...request,
      messages: hello,
      tools: [countTool],
      tool_choice: 'required',
      max_tokens: 100,
    });
    const { choices } = await runner.finalChatCompletion();
    assert.equal(choices[0].finish_reason, 'tool_calls');
    checkAnimals(JSON.parse(choices[0].message.tool_calls[0].function.arguments));
  },
  async 'structured output'() {
    const parsed = await client.chat.completions.parse({
      ...request,
      max_tokens: 100,
      response_format: zodResponseFormat(form, 'animals'),
    });
    checkAnimals(parsed.choices[0].message.parsed);
    const any = await create({ response_format: { type: 'json_object' }, max_tokens: 400, temperature: 1, seed: 1 });
    if (any.choices[0].finish_reason === 'stop') assert.equal(typeof JSON.parse(textOf(any)), 'object');
  },
  async chains() {
    const sensorium = { chain: { name: 'two-stage', max_calls: 4 } };
    const { choices, sensorium: made, usage } = await create({ sensorium });
    assert.equal(made.chain, 'two-stage');
    assert.equal(made.calls, 2);
    assert.equal(made.tokens, usage.completion_tokens);
    const steps = [];
    let text = '';
    for await (const chunk of await create({ sensorium, stream: true })) {
      if (chunk.sensorium?.step) steps.push(chunk.sensorium.step);
      text += chunk.choices[0]?.delta.content ?? '';
    }
    assert.deepEqual(steps, made.steps);
    assert.equal(text, choices[0].message.content);
    const error = await failure(create({ sensorium: { chain: 'none' } }));
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, 'sensorium.chain');
  },
  async logprobs() {
    const { choices, usage } = await create({ logprobs: true, top_logprobs: 3 });
    const { content } = choices[0].logprobs;
    assert.equal(content.length, usage.completion_tokens);
    for (const token of content) {
      assert.equal(token.top_logprobs.length, 3);
      assert.equal(token.top_logprobs[0].logprob, token.logprob);
    }
  },
  async n() {
    const { choices } = await create({ n: 3, temperature: 1.5, seed: 7 });
    assert.deepEqual(
      choices.map(({ index }) => index),
      [0, 1, 2],
    );
    assert.ok(new Set(choices.map(({ message }) => message.content)).size > 1);
  },
  async stop() {
    const text = textOf(await create());
    const word = text.split(' ')[2];
    const { choices } = await create({ stop: [word] });
    assert.equal(choices[0].message.content, text.slice(0, text.indexOf(word)));
    assert.equal(choices[0].finish_reason, 'stop');
  },
  async abort() {
    const stream = await create({ stream: true, max_tokens: 2000, ignore_eos: true });
    for await (const _ of stream) break;
    const leaving = AbortSignal.timeout(50);
    const long = client.chat.completions.create({ ...request, max_tokens: 2000, ignore_eos: true }, { signal: leaving });
    assert.ok((await failure(long)) instanceof OpenAI.APIUserAbortError);
    await idle();
  },
  async errors() {
    const wrong = await failure(create({ temperature: 3 }));
    assert.ok(wrong instanceof OpenAI.BadRequestError);
    assert.equal(wrong.param, 'temperature');
    const long = await failure(create({ messages: [{ role: 'user', content: TOO_LONG }] }));
    assert.ok(long instanceof OpenAI.BadRequestError);
    assert.equal(long.code, 'context_length_exceeded');
    assert.ok((await failure(create({ model: 'gpt-9' }))) instanceof OpenAI.NotFoundError);
    const stranger = new OpenAI({ baseURL: server.url, apiKey: 'not-a-known-key', maxRetries: 0 });
    assert.ok((await failure(stranger.models.list())) instanceof OpenAI.AuthenticationError);
    await spendKey();
    const impatient = limited.withOptions({ maxRetries: 0 });
    const many = Array.from({ length: 25 }, () => impatient.chat.completions.create({ ...request, max_tokens: 1 }));
    const refused = await failure(Promise.all(many));
    assert.ok(refused instanceof OpenAI.RateLimitError);
  },
  async 'retries after 429'() {
    await spendKey();
    assert.ok(textOf(await limited.chat.completions.create(request)).length > 0);
  },
});

await features('completions', {
  async text() {
    const { choices, usage } = await client.completions.create({ model, prompt: 'The dog', max_tokens: 8, temperature: 0 });
    assert.equal(typeof choices[0].text, 'string');
    assert.ok(usage.completion_tokens <= 8);
  },
  async streams() {
    const prompt = { model, prompt: 'The dog', max_tokens: 8, temperature: 0 };
    const { choices, usage } = await client.completions.create(prompt);
    let text = '';
    let last;
    for await (const chunk of await client.completions.create({ ...prompt, stream: true, stream_options: { include_usage: true } })) {
      text += chunk.choices[0]?.text ?? '';
      last = chunk;
    }
    assert.equal(text, choices[0].text);
    assert.deepEqual(last.usage, usage);
  },
  async 'several prompts, n, echo, logprobs and stop'() {
    const several = await client.completions.create({ model, prompt: ['The dog', 'A cat'], n: 2, max_tokens: 4, echo: true });
    assert.equal(several.choices.length, 4);
    assert.ok(several.choices[2].text.startsWith('A cat'));
    const { choices } = await client.completions.create({
      model,
      prompt: [65, 66],
      max_tokens: 4,
      logprobs: 2,
      temperature: 0,
      stop: ['zzz'],
    });
    assert.equal(choices[0].logprobs.tokens.length, choices[0].logprobs.token_logprobs.length);
  },
});

const input = [
  {
    role: 'user',
    content: [
      { type: 'input_image', image_url: dataUrl(server.pictures[0]), detail: 'auto' },
      { type: 'input_text', text: QUESTION },
    ],
  },
];
const respond = (more = {}) => client.responses.create({ model, input, temperature: 0, max_output_tokens: 20, ...more });
const responseTool = { type: 'function', name: 'count', description: 'Counts animals', parameters: ANIMALS, strict: true };

await features('responses', {
  async text() {
    const { output_text, usage } = await respond({ input: HELLO });
    assert.ok(output_text.length > 0);
    assert.ok(usage.total_tokens > 0);
  },
  async streams() {
    const expected = await respond();
    let text = '';
    for await (const event of await respond({ stream: true })) if (event.type === 'response.output_text.delta') text += event.delta;
    assert.equal(text, expected.output_text);
    const final = await client.responses.stream({ model, input, temperature: 0, max_output_tokens: 20 }).finalResponse();
    assert.equal(final.output_text, expected.output_text);
    assert.deepEqual(final.usage, expected.usage);
  },
  async images() {
    assert.equal((await respond()).output_text, textOf(await create()));
  },
  async 'uploaded images'() {
    const file = await client.files.create({ file: createReadStream(server.pictures[0]), purpose: 'vision' });
    const content = [{ type: 'input_image', file_id: file.id, detail: 'auto' }, input[0].content[1]];
    assert.equal((await respond({ input: [{ role: 'user', content }] })).output_text, (await respond()).output_text);
  },
  async tools() {
    const first = await respond({ input: HELLO, tools: [responseTool], tool_choice: 'required', max_output_tokens: 100 });
    const call = first.output.find(({ type }) => type === 'function_call');
    checkAnimals(JSON.parse(call.arguments));
    const next = await respond({
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: call.call_id, output: '3' }],
      tools: [responseTool],
    });
    assert.equal(next.output[0].type, 'message');
  },
  async 'structured output'() {
    const parsed = await client.responses.parse({ model, input: HELLO, temperature: 0, text: { format: zodTextFormat(form, 'animals') } });
    checkAnimals(parsed.output_parsed);
  },
  async logprobs() {
    const { output } = await respond({ include: ['message.output_text.logprobs'], top_logprobs: 2 });
    assert.ok(output[0].content[0].logprobs.every(({ top_logprobs }) => top_logprobs.length === 2));
  },
  async 'kept responses'() {
    const made = await respond({ input: HELLO });
    assert.equal((await client.responses.retrieve(made.id)).output_text, made.output_text);
    assert.equal((await client.responses.inputItems.list(made.id)).data.length, 1);
    await client.responses.delete(made.id);
    assert.ok((await failure(client.responses.retrieve(made.id))) instanceof OpenAI.NotFoundError);
  },
  async abort() {
    for await (const _ of await respond({ stream: true, max_output_tokens: 2000, ignore_eos: true })) break;
    await idle();
  },
  async errors() {
    const long = await failure(respond({ input: TOO_LONG }));
    assert.equal(long.code, 'context_length_exceeded');
    assert.ok((await failure(respond({ tools: [{ type: 'web_search' }] }))) instanceof OpenAI.BadRequestError);
  },
});

await features('other', {
  async embeddings() {
    const input = ['a dog', 'a red cup'];
    const coded = await client.embeddings.create({ model: embeddings, input });
    const plain = await client.embeddings.create({ model: embeddings, input, encoding_format: 'float' });
    for (const [i, { embedding }] of plain.data.entries()) assert.deepEqual(Array.from(coded.data[i].embedding), embedding);
    const ids = await client.embeddings.create({ model: embeddings, input: [[300, 301]], encoding_format: 'float' });
    assert.equal(ids.data[0].embedding.length, plain.data[0].embedding.length);
  },
  async files() {
    const bytes = readFileSync(server.pictures[0]);
    const file = await client.files.create({ file: await toFile(bytes, 'picture.png'), purpose: 'vision' });
    assert.equal((await client.files.retrieve(file.id)).bytes, bytes.length);
    assert.ok((await client.files.list()).data.some(({ id }) => id === file.id));
    assert.deepEqual(Buffer.from(await (await client.files.content(file.id)).arrayBuffer()), bytes);
    await client.files.delete(file.id);
    assert.ok((await failure(client.files.retrieve(file.id))) instanceof OpenAI.NotFoundError);
  },
  async models() {
    const ids = (await client.models.list()).data.map(({ id }) => id);
    assert.deepEqual(ids, [model, embeddings]);
    assert.equal((await client.models.retrieve(model)).id, model);
  },
});
