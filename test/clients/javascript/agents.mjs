// @openai/agents: agents with tools, hand-offs, structured output and streams, over responses and chat completions.

import assert from 'node:assert/strict';
import { Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, setTracingDisabled, tool } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';
import { checkAnimals, dataUrl, failure, features, HELLO, QUESTION, server, spendKey, TOO_LONG, upload } from './features.mjs';

setTracingDisabled(true);
const client = new OpenAI({ baseURL: server.url, apiKey: server.key, maxRetries: 0 });
const limited = new OpenAI({ baseURL: server.url, apiKey: server.limitedKey });
const form = z.object({ animal: z.enum(['dog', 'cat']), count: z.number().int().min(1).max(9) });
const modelSettings = { temperature: 0, maxTokens: 200 };
const runner = new Runner({ tracingDisabled: true });

/** Features of an agent over one of the two models. */
function agentFeatures(Model) {
  const model = new Model(client, server.model);
  const agent = (more = {}) => new Agent({ name: 'Helper', instructions: 'Be brief.', model, modelSettings, ...more });
  const picture = (image) => [
    {
      role: 'user',
      content: [
        { type: 'input_image', image },
        { type: 'input_text', text: QUESTION },
      ],
    },
  ];
  return {
    async text() {
      const result = await runner.run(agent(), HELLO);
      assert.ok(result.finalOutput.length > 0);
    },
    async streams() {
      const expected = (await runner.run(agent(), HELLO)).finalOutput;
      const result = await runner.run(agent(), HELLO, { stream: true });
      let text = '';
      for await (const piece of result.toTextStream()) text += piece;
      await result.completed;
      assert.equal(text, expected);
      assert.equal(result.finalOutput, expected);
    },
    async images() {
      const result = await runner.run(agent(), picture(dataUrl(server.pictures[0])));
      assert.ok(result.finalOutput.length > 0);
    },
    async tools() {
      const seen = [];
      const count = tool({
        name: 'count',
        description: 'Counts animals',
        parameters: form,
        execute: (args) => {
          seen.push(args);
          return 'yes';
        },
      });
      const wanted = agent({ tools: [count], modelSettings: { ...modelSettings, toolChoice: 'required', parallelToolCalls: false } });
      const result = await runner.run(wanted, HELLO);
      assert.equal(seen.length, 1);
      checkAnimals(seen[0]);
      assert.equal(typeof result.finalOutput, 'string');
      const streamed = await runner.run(wanted, HELLO, { stream: true });
      await streamed.completed;
      assert.equal(seen.length, 2);
    },
    async 'hand-offs'() {
      const other = agent({ name: 'Other', handoffDescription: 'Answers all questions' });
      const result = await runner.run(
        agent({ handoffs: [other], modelSettings: { ...modelSettings, toolChoice: 'required', parallelToolCalls: false } }),
        HELLO,
      );
      assert.equal(result.lastAgent.name, 'Other');
    },
    async 'structured output'() {
      const result = await runner.run(agent({ outputType: form }), HELLO);
      checkAnimals(result.finalOutput);
    },
    async conversations() {
      const first = await runner.run(agent(), HELLO);
      const next = await runner.run(agent(), [...first.history, { role: 'user', content: 'And now?' }]);
      assert.ok(next.finalOutput.length > 0);
    },
    async errors() {
      const long = await failure(runner.run(agent(), TOO_LONG));
      assert.ok(long instanceof OpenAI.BadRequestError);
      assert.equal(long.code, 'context_length_exceeded');
    },
    async 'retries after 429'() {
      await spendKey();
      const result = await runner.run(agent({ model: new Model(limited, server.model) }), HELLO);
      assert.ok(result.finalOutput.length > 0);
    },
  };
}

await features('responses', {
  ...agentFeatures(OpenAIResponsesModel),
  async 'uploaded images'() {
    const id = await upload(server.pictures[0]);
    const model = new OpenAIResponsesModel(client, server.model);
    const content = [
      { type: 'input_image', image: { id } },
      { type: 'input_text', text: QUESTION },
    ];
    const result = await runner.run(new Agent({ name: 'Helper', model, modelSettings }), [{ role: 'user', content }]);
    assert.ok(result.finalOutput.length > 0);
  },
  async 'conversations by id'() {
    const agent = new Agent({ name: 'Helper', model: new OpenAIResponsesModel(client, server.model), modelSettings });
    const first = await runner.run(agent, HELLO);
    const next = await runner.run(agent, 'And now?', { previousResponseId: first.lastResponseId });
    assert.ok(next.finalOutput.length > 0);
  },
});
await features('chat', agentFeatures(OpenAIChatCompletionsModel));
