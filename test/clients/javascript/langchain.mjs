// LangChain for JavaScript: ChatOpenAI over both APIs, OpenAI (completions) and OpenAIEmbeddings.

import assert from 'node:assert/strict';
import { HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { z } from 'zod';
import { checkAnimals, dataUrl, failure, features, HELLO, idle, QUESTION, server, spendKey, TOO_LONG, upload } from './features.mjs';

const form = z.object({ animal: z.enum(['dog', 'cat']), count: z.number().int().min(1).max(9) });
const common = { model: server.model, apiKey: server.key, configuration: { baseURL: server.url }, temperature: 0, maxRetries: 0 };
const withPictures = (...urls) =>
  new HumanMessage({
    content: [...urls.map((url) => ({ type: 'image_url', image_url: { url } })), { type: 'text', text: QUESTION }],
  });

/** Features of a chat model, whatever API it speaks. */
function chatFeatures(useResponsesApi) {
  const chat = (more = {}) => new ChatOpenAI({ ...common, maxTokens: 20, useResponsesApi, ...more });
  return {
    async text() {
      const reply = await chat().invoke([new SystemMessage('Be brief.'), new HumanMessage(HELLO)]);
      assert.ok(reply.text.length > 0);
      assert.ok(reply.usage_metadata.total_tokens > 0);
    },
    async streams() {
      const expected = await chat().invoke(HELLO);
      let text = '';
      for await (const chunk of await chat().stream(HELLO)) text += chunk.text;
      assert.equal(text, expected.text);
    },
    async 'usage in streams'() {
      const expected = await chat().invoke(HELLO);
      let all;
      for await (const chunk of await chat().stream(HELLO)) all = all ? all.concat(chunk) : chunk;
      assert.equal(all.usage_metadata.total_tokens, expected.usage_metadata.total_tokens);
    },
    async images() {
      const one = await chat().invoke([withPictures(dataUrl(server.pictures[0]))]);
      const two = await chat().invoke([withPictures(...server.pictures.map(dataUrl))]);
      assert.ok(two.usage_metadata.input_tokens > one.usage_metadata.input_tokens);
    },
    async tools() {
      const seen = [];
      const count = tool(
        (args) => {
          seen.push(args);
          return 'yes';
        },
        { name: 'count', description: 'Counts animals', schema: form },
      );
      const messages = [new HumanMessage(HELLO)];
      const model = chat({ maxTokens: 300 });
      const asked = await model.bindTools([count], { tool_choice: useResponsesApi ? 'count' : 'any' }).invoke(messages);
      assert.ok(asked.tool_calls.length > 0);
      messages.push(asked);
      for (const call of asked.tool_calls) {
        checkAnimals(call.args);
        const result = await count.invoke(call);
        assert.ok(result instanceof ToolMessage);
        messages.push(result);
      }
      assert.equal(seen.length, asked.tool_calls.length);
      const answer = await model.bindTools([count]).invoke(messages);
      assert.equal(typeof answer.text, 'string');
    },
    async 'tools in streams'() {
      const count = tool(() => 'yes', { name: 'count', description: 'Counts animals', schema: form });
      let all;
      for await (const chunk of await chat({ maxTokens: 300 }).bindTools([count], { tool_choice: 'count' }).stream(HELLO))
        all = all ? all.concat(chunk) : chunk;
      checkAnimals(all.tool_calls[0].args);
    },
    async 'structured output'() {
      for (const method of ['jsonSchema', 'functionCalling'])
        checkAnimals(await chat({ maxTokens: 300 }).withStructuredOutput(form, { method, name: 'animals' }).invoke(HELLO));
    },
    async logprobs() {
      const reply = await chat({ logprobs: true, topLogprobs: 2 }).invoke(HELLO);
      const logprobs = reply.response_metadata.logprobs ?? reply.content[0]?.logprobs;
      assert.ok(useResponsesApi || logprobs.content.length > 0);
    },
    async abort() {
      const leaving = new AbortController();
      const stream = await chat({ maxTokens: 2000, modelKwargs: { ignore_eos: true } }).stream(HELLO, { signal: leaving.signal });
      await failure(
        (async () => {
          for await (const _ of stream) leaving.abort();
        })(),
      );
      await idle();
    },
    async errors() {
      const long = await failure(chat().invoke(TOO_LONG));
      assert.equal(long.status ?? 400, 400);
      assert.match(`${long.name} ${long.code} ${long.lc_error_code}`, /context_length_exceeded|ContextOverflow/i);
      assert.equal((await failure(chat({ model: 'gpt-9' }).invoke(HELLO))).lc_error_code, 'MODEL_NOT_FOUND');
      assert.equal((await failure(chat({ apiKey: 'not-a-known-key' }).invoke(HELLO))).lc_error_code, 'MODEL_AUTHENTICATION');
    },
    async 'retries after 429'() {
      await spendKey();
      const reply = await chat({ apiKey: server.limitedKey, maxRetries: 4 }).invoke(HELLO);
      assert.ok(reply.text.length > 0);
    },
  };
}

await features('chat', {
  ...chatFeatures(false),
  async 'uploaded images'() {
    const id = await upload(server.pictures[0]);
    const reply = await new ChatOpenAI({ ...common, maxTokens: 20 }).invoke([withPictures(id)]);
    const direct = await new ChatOpenAI({ ...common, maxTokens: 20 }).invoke([withPictures(dataUrl(server.pictures[0]))]);
    assert.equal(reply.text, direct.text);
  },
  async n() {
    const { generations } = await new ChatOpenAI({ ...common, temperature: 1.5, maxTokens: 8, n: 3 }).generate([[new HumanMessage(HELLO)]]);
    assert.equal(generations[0].length, 3);
  },
  async stop() {
    const chat = new ChatOpenAI({ ...common, maxTokens: 20 });
    const picture = withPictures(dataUrl(server.pictures[0]));
    const { text } = await chat.invoke([picture]);
    const word = text.split(' ')[2];
    assert.equal((await chat.invoke([picture], { stop: [word] })).text, text.slice(0, text.indexOf(word)));
  },
});
await features('responses', chatFeatures(true));
await features('completions', {
  async text() {
    assert.equal(typeof (await new OpenAI({ ...common, maxTokens: 8 }).invoke('The dog')), 'string');
  },
  async streams() {
    const model = new OpenAI({ ...common, maxTokens: 8 });
    let text = '';
    for await (const chunk of await model.stream('The dog')) text += chunk;
    assert.equal(text, await model.invoke('The dog'));
  },
});
await features('embeddings', {
  async texts() {
    const model = new OpenAIEmbeddings({ model: server.embeddings, apiKey: server.key, configuration: { baseURL: server.url } });
    const both = await model.embedDocuments(['a dog', 'a red cup']);
    assert.equal(both.length, 2);
    assert.equal((await model.embedQuery('a dog')).length, both[0].length);
  },
});
