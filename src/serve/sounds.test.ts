// Sounds in chat requests: a Qwen2-Audio asked by the unmodified openai package answers as the model itself; what is no sound is refused by its field.

import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noiseSound } from '../../test/golden/noise.js';
import { Mllm } from '../generate/index.js';
import { decodeWav, encodeWav, type Sound } from '../media/index.js';
import { ModelEngine } from './model-engine.js';
import { soundBytes } from './open-sound.js';
import { type RunningServer, serve } from './server.js';
import { until } from './testing.js';

const DIR = 'test/golden/families/qwen2-audio/untied';
const wav = encodeWav({ sampleRate: 16000, samples: noiseSound(16000, 5) });
/** The sound as its file holds it: 16 bits a sample. */
const sound: Sound = decodeWav(wav, { place: 'x', maxSamples: 1e6 });
const data = Buffer.from(wav).toString('base64');

let engine: ModelEngine;
let server: RunningServer;
let client: OpenAI;
beforeAll(async () => {
  engine = await ModelEngine.load(DIR, { slots: 2 });
  server = await serve({ engine, model: 'ears', port: 0, limits: { maxAudioSeconds: 3 } });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterAll(async () => {
  await server.close({ drainMs: 0 });
  await engine.dispose();
});

const ask = (given: string, more: object = {}): Promise<OpenAI.ChatCompletion> =>
  client.chat.completions.create({
    model: 'ears',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'input_audio', input_audio: { data: given, format: 'wav' } },
          { type: 'text', text: 'What is heard?' },
        ],
      },
    ],
    max_tokens: 8,
    temperature: 0,
    ...more,
  });

describe('a sound in a chat request', () => {
  it('is heard as the model itself hears it, and is said among what the model takes', async () => {
    const model = await Mllm.load(DIR);
    try {
      const messages = [
        {
          role: 'user' as const,
          content: [
            { type: 'audio' as const, sound },
            { type: 'text' as const, text: 'What is heard?' },
          ],
        },
      ];
      const own = await model.reply({ messages, maxTokens: 8, temperature: 0 });
      const [served, marked] = [await ask(data), await ask(`data:audio/wav;base64,${data}`)];
      expect(served.choices[0]?.message.content).toBe(own.text);
      expect(marked.choices[0]?.message.content).toBe(own.text);
      expect(served.usage?.prompt_tokens).toBe((await model.promptIds(messages)).length);
    } finally {
      await model.dispose();
    }
    const about = (await (await fetch(`${server.url}/v1/models/ears`)).json()) as { capabilities?: unknown };
    expect(JSON.stringify(about)).toContain('"audio"');
    await until(() => soundBytes() === 0, 'samples are given up');
  });

  it('that is cut off, too long, no sound or not base64 is refused by its field', async () => {
    const long = Buffer.from(encodeWav({ sampleRate: 16000, samples: noiseSound(16000 * 4, 1) })).toString('base64');
    const param = 'messages[0].content[0].input_audio.data';
    for (const [given, code] of [
      [Buffer.from(wav.subarray(0, 20)).toString('base64'), 'invalid_audio'],
      [Buffer.from('<html>not a sound</html>').toString('base64'), 'invalid_audio'],
      [long, 'audio_too_long'],
      ['', 'invalid_audio'],
    ] as const)
      await expect(ask(given), code).rejects.toMatchObject({ status: 400, code, param });
    await expect(ask('%%%')).rejects.toMatchObject({ status: 400, code: 'invalid_audio', param });
    await until(() => soundBytes() === 0, 'samples are given up');
  });
});
