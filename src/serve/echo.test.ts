// Prompts that are sent back with their log-probabilities: what programs that score texts ask of /v1/completions.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../generate/index.js';
import { ModelEngine } from './model-engine.js';
import { type RunningServer, serve } from './server.js';

let model: Mllm;
let engine: ModelEngine;
let server: RunningServer;
beforeAll(async () => {
  model = await Mllm.load('models/sensorium-tiny');
  engine = await ModelEngine.create(model, { slots: 2 });
  server = await serve({ engine, model: 'tiny', port: 0 });
});
afterAll(async () => {
  await server.close({ drainMs: 0 });
  await engine.dispose();
  await model.dispose();
});

interface Logprobs {
  tokens: string[];
  token_logprobs: (number | null)[];
  top_logprobs: (Record<string, number> | null)[] | null;
  text_offset: number[];
}
interface Choice {
  text: string;
  logprobs: Logprobs | null;
  finish_reason: string;
}
async function complete(
  body: object,
): Promise<{ status: number; choices: Choice[]; usage: { completion_tokens: number }; error: { param: string } }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/v1/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'tiny', ...body }),
  });
  const answer = (await response.json()) as Omit<Awaited<ReturnType<typeof complete>>, 'status'>;
  return { ...answer, status: response.status };
}

const TEXT = 'There is a red cup left of the dog. '.repeat(8).trim();

describe('echo', () => {
  it('gives the log-probabilities of a prompt alone, those of the model', async () => {
    const ids = model.tokenizer.encode(TEXT);
    expect(ids.length).toBeGreaterThan(64); // several chunks
    const expected = (await (await model.policy()).score([{ ids: Int32Array.from(ids), media: [] }]))[0] as Float32Array;
    for (const prompt of [TEXT, ids]) {
      const { choices, usage } = await complete({ prompt, echo: true, logprobs: 1, max_tokens: 0 });
      const [{ text, logprobs, finish_reason }] = choices as [Choice];
      expect(text).toBe(TEXT);
      expect([finish_reason, usage.completion_tokens]).toEqual(['length', 0]);
      const { tokens, token_logprobs, top_logprobs, text_offset } = logprobs as Logprobs;
      expect(tokens.join('')).toBe(TEXT);
      expect([token_logprobs[0], top_logprobs?.[0]]).toEqual([null, null]);
      for (let i = 1; i < ids.length; i++) {
        expect(token_logprobs[i]).toBeCloseTo(expected[i] as number, 4);
        const [best] = Object.values(top_logprobs?.[i] as Record<string, number>);
        expect(best).toBeGreaterThanOrEqual((token_logprobs[i] as number) - 1e-5);
        expect(text_offset[i]).toBe((text_offset[i - 1] as number) + (tokens[i - 1] as string).length);
      }
    }
  });

  it('goes before the reply, whole and streamed', async () => {
    const request = { prompt: 'Is there a dog?', max_tokens: 4, temperature: 0, logprobs: 2, ignore_eos: true };
    const [plain] = (await complete(request)).choices as [Choice];
    const [both] = (await complete({ ...request, echo: true })).choices as [Choice];
    expect(both.text).toBe(request.prompt + plain.text);
    expect(both.logprobs?.tokens.slice(-4)).toEqual(plain.logprobs?.tokens);
    expect(both.logprobs?.token_logprobs.slice(-4)).toEqual(plain.logprobs?.token_logprobs);
    expect(both.logprobs?.text_offset.at(-4)).toBe(request.prompt.length);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ model: 'tiny', ...request, echo: true, stream: true });
    const text = await (await fetch(`${server.url}/v1/completions`, { method: 'POST', headers, body })).text();
    const chunks = [...text.matchAll(/^data: (\{.*)$/gm)].map(
      (match) => (JSON.parse(match[1] as string) as { choices: Choice[] }).choices[0],
    );
    expect(chunks.map((choice) => choice?.text).join('')).toBe(both.text);
    expect(chunks.flatMap((choice) => choice?.logprobs?.tokens ?? [])).toEqual(both.logprobs?.tokens);
  });

  it('without log-probabilities sends ids back as text, and can be all', async () => {
    const ids = model.tokenizer.encode('A red cup');
    const { choices } = await complete({ prompt: [ids, ids], echo: true, max_tokens: 0, n: 2 });
    expect(choices.map(({ text, logprobs }) => [text, logprobs])).toEqual(new Array(4).fill(['A red cup', null]));
    const { status, error } = await complete({ prompt: 'x', max_tokens: 0 });
    expect([status, error.param]).toEqual([400, 'max_tokens']);
  });
});
