// The AI SDK: `openai()` (responses), `.chat()` and `.completion()` of @ai-sdk/openai, and @ai-sdk/openai-compatible.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embed, embedMany, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai';
import { ANIMALS, checkAnimals, failure, features, HELLO, idle, QUESTION, server, spendKey, TOO_LONG, upload } from './features.mjs';

const openai = createOpenAI({ baseURL: server.url, apiKey: server.key });
const limited = createOpenAI({ baseURL: server.url, apiKey: server.limitedKey });
const settings = { name: 'sensorium', baseURL: server.url, includeUsage: true, supportsStructuredOutputs: true };
const compatible = createOpenAICompatible({ ...settings, apiKey: server.key });
const compatibleLimited = createOpenAICompatible({ ...settings, apiKey: server.limitedKey });

const base = { temperature: 0, maxOutputTokens: 20, maxRetries: 0 };
const withPictures = (...pictures) => [
  {
    role: 'user',
    content: [
      ...pictures.map((path) => ({ type: 'image', image: readFileSync(path), mediaType: 'image/png' })),
      { type: 'text', text: QUESTION },
    ],
  },
];

/** Features that every chat model of the SDK has; `long` is what gets a long reply. */
function chatFeatures(model, limitedModel, long = { messages: withPictures(server.pictures[0]) }) {
  return {
    async text() {
      const { text, usage, finishReason } = await generateText({ ...base, model, system: 'Be brief.', prompt: HELLO });
      assert.ok(text.length > 0);
      assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0);
      assert.ok(['stop', 'length'].includes(finishReason));
    },
    async streams() {
      const { text } = await generateText({ ...base, model, prompt: HELLO });
      const result = streamText({ ...base, model, prompt: HELLO });
      let streamed = '';
      for await (const piece of result.textStream) streamed += piece;
      assert.equal(streamed, text);
    },
    async 'usage in streams'() {
      const { usage } = await generateText({ ...base, model, prompt: HELLO });
      const result = streamText({ ...base, model, prompt: HELLO });
      await result.consumeStream();
      const streamed = await result.usage;
      assert.equal(streamed.inputTokens, usage.inputTokens);
      assert.equal(streamed.outputTokens, usage.outputTokens);
    },
    async images() {
      const one = await generateText({ ...base, model, messages: withPictures(server.pictures[0]) });
      const two = await generateText({ ...base, model, messages: withPictures(...server.pictures) });
      assert.ok(two.usage.inputTokens > one.usage.inputTokens);
    },
    async tools() {
      const seen = [];
      const { steps, text } = await generateText({
        ...base,
        model,
        maxOutputTokens: 100,
        prompt: HELLO,
        tools: {
          count: tool({
            description: 'Counts animals',
            inputSchema: jsonSchema(ANIMALS),
            execute: (args) => {
              seen.push(args);
              return { found: true };
            },
          }),
        },
        prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? { type: 'tool', toolName: 'count' } : 'none' }),
        stopWhen: stepCountIs(3),
      });
      assert.equal(steps.length, 2);
      assert.equal(seen.length, 1);
      checkAnimals(seen[0]);
      assert.equal(typeof text, 'string');
    },
    async 'tools in streams'() {
      const result = streamText({
        ...base,
        model,
        maxOutputTokens: 100,
        prompt: HELLO,
        tools: { count: tool({ description: 'Counts animals', inputSchema: jsonSchema(ANIMALS) }) },
        toolChoice: 'required',
      });
      const parts = [];
      for await (const part of result.fullStream) parts.push(part);
      const call = parts.find(({ type }) => type === 'tool-call');
      checkAnimals(call?.input);
      assert.equal(await result.finishReason, 'tool-calls');
    },
    async 'structured output'() {
      const wanted = { ...base, model, maxOutputTokens: 100, prompt: HELLO, output: Output.object({ schema: jsonSchema(ANIMALS) }) };
      checkAnimals((await generateText(wanted)).output);
      const result = streamText(wanted);
      let last;
      for await (const partial of result.partialOutputStream) last = partial;
      checkAnimals(last);
    },
    async stop() {
      const { text } = await generateText({ ...base, model, messages: withPictures(server.pictures[0]) });
      const word = text.split(' ')[2];
      const cut = await generateText({ ...base, model, messages: withPictures(server.pictures[0]), stopSequences: [word] });
      // The SDK leaves stop sequences out of requests to the Responses API, which has none, and says so.
      if (cut.warnings?.length) assert.equal(cut.text, text);
      else assert.equal(cut.text.trim(), text.slice(0, text.indexOf(word)).trim());
    },
    async abort() {
      const leaving = new AbortController();
      const result = streamText({ ...base, ...long, model, maxOutputTokens: 2000, abortSignal: leaving.signal, onError: () => {} });
      let begun = false;
      for await (const _ of result.textStream) {
        begun = true;
        leaving.abort();
        break;
      }
      assert.ok(begun);
      await idle();
    },
    async errors() {
      const long = await failure(generateText({ ...base, model, prompt: TOO_LONG }));
      assert.ok(APICallError.isInstance(long));
      assert.equal(long.statusCode, 400);
      assert.equal(long.data.error.code, 'context_length_exceeded');
      assert.equal(long.isRetryable, false);
    },
    async 'retries after 429'() {
      await spendKey();
      const { text } = await generateText({ ...base, model: limitedModel, prompt: HELLO, maxRetries: 3 });
      assert.ok(text.length > 0);
    },
  };
}

await features('@ai-sdk/openai, responses', {
  ...chatFeatures(openai(server.model), limited(server.model)),
  async 'uploaded images'() {
    const id = await upload(server.pictures[0]);
    const content = [
      { type: 'image', image: id },
      { type: 'text', text: QUESTION },
    ];
    const { text } = await generateText({ ...base, model: openai(server.model), messages: [{ role: 'user', content }] });
    const direct = await generateText({ ...base, model: openai(server.model), messages: withPictures(server.pictures[0]) });
    assert.equal(text, direct.text);
  },
  async logprobs() {
    const providerOptions = { openai: { logprobs: 2 } };
    const { providerMetadata } = await generateText({ ...base, model: openai(server.model), prompt: HELLO, providerOptions });
    assert.ok(providerMetadata.openai.logprobs.length > 0);
  },
});
await features('@ai-sdk/openai, chat', {
  ...chatFeatures(openai.chat(server.model), limited.chat(server.model)),
  async logprobs() {
    const providerOptions = { openai: { logprobs: 2 } };
    const { providerMetadata } = await generateText({ ...base, model: openai.chat(server.model), prompt: HELLO, providerOptions });
    assert.ok(providerMetadata.openai.logprobs.length > 0);
  },
});
const only = ({ text, streams, abort, errors, ...rest }) => ({
  text,
  streams,
  'usage in streams': rest['usage in streams'],
  abort,
  errors,
  'retries after 429': rest['retries after 429'],
});
await features(
  '@ai-sdk/openai, completion',
  only(chatFeatures(openai.completion(server.model), limited.completion(server.model), { prompt: 'The dog' })),
);
await features('@ai-sdk/openai-compatible, chat', chatFeatures(compatible(server.model), compatibleLimited(server.model)));
await features(
  '@ai-sdk/openai-compatible, completion',
  only(chatFeatures(compatible.completionModel(server.model), compatibleLimited.completionModel(server.model), { prompt: 'The dog' })),
);
await features('embeddings', {
  async '@ai-sdk/openai'() {
    const model = openai.textEmbeddingModel(server.embeddings);
    const { embedding } = await embed({ model, value: 'a dog' });
    const { embeddings } = await embedMany({ model, values: ['a dog', 'a red cup'] });
    assert.equal(embeddings.length, 2);
    assert.equal(embedding.length, embeddings[0].length);
  },
  async '@ai-sdk/openai-compatible'() {
    const { embeddings, usage } = await embedMany({
      model: compatible.textEmbeddingModel(server.embeddings),
      values: ['a dog', 'a red cup'],
    });
    assert.equal(embeddings.length, 2);
    assert.ok(usage.tokens > 0);
  },
});
