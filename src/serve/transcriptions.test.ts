// /v1/audio as the unmodified openai package uses it, over a socket and a tiny Whisper: every format, streams, bounds, and what is refused.

import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noiseSound } from '../../test/golden/noise.js';
import { Transcriber, type Transcript, toSrt, toVtt } from '../generate/index.js';
import { decodeWav, encodeWav, type Sound } from '../media/index.js';
import { packageRoot } from '../util/package.js';
import { soundBytes } from './open-sound.js';
import { ServedTranscriber } from './served-transcriber.js';
import { type RunningServer, serve } from './server.js';
import { FakeEngine } from './testing.js';

const DIR = join(packageRoot(), 'test/golden/families/whisper/transcribe');
const noise = (samples: number, seed = 5): Sound => ({ sampleRate: 16000, samples: noiseSound(samples, seed) });
// Long enough for two windows of two seconds, drawn once each: a model that knows nothing is refused at every temperature.
const sound = noise(16000 * 3);
const ONCE = { temperature: 0.1, seed: 3 };
const OWN = { temperatures: [0.1], seed: 3, maxTokens: undefined };

let server: RunningServer;
let client: OpenAI;
let own: Transcriber;
let served: ServedTranscriber;
beforeAll(async () => {
  [own, served] = [await Transcriber.load(DIR), await ServedTranscriber.load(DIR, { name: 'ears' })];
  const limits = { maxAudio: 300_000, maxAudioSeconds: 8 };
  server = await serve({ engine: new FakeEngine(), model: 'fake', transcriber: served, aliases: { 'whisper-1': 'ears' }, limits, port: 0 });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterAll(async () => {
  await server.close({ drainMs: 0 });
  await served.dispose();
  own.dispose();
});

const fileOf = (one: Sound) => toFile(Buffer.from(encodeWav(one)), 'talk.wav');
const body = async (more: object = {}) => ({ file: await fileOf(sound), model: 'ears', ...ONCE, ...more });
const create = async (more: object = {}): Promise<unknown> => client.audio.transcriptions.create((await body(more)) as never);
/** A sound as its file holds it: 16 bits a sample. */
const asFile = (one: Sound): Sound => decodeWav(encodeWav(one), { place: 'x', maxSamples: 1e6 });
/** What the library says of the sound. */
const expected = async (more: object = {}): Promise<Transcript> => {
  return own.transcribe(asFile(sound), { ...OWN, ...more });
};

describe('/v1/audio/transcriptions', () => {
  it('gives the transcript of the library as JSON, text, subtitles and with its segments', async () => {
    const [plain, timed] = [await expected(), await expected({ timestamps: true })];
    expect(plain.text.length).toBeGreaterThan(0);
    expect(await create()).toEqual({ text: plain.text, usage: { type: 'duration', seconds: 3 } });
    expect(await create({ model: 'whisper-1', response_format: 'text' })).toBe(`${plain.text}\n`);
    expect(await create({ response_format: 'srt' })).toBe(toSrt(timed));
    expect(await create({ response_format: 'vtt' })).toBe(toVtt(timed));
    const verbose = (await create({ response_format: 'verbose_json', timestamp_granularities: ['segment'] })) as Record<string, unknown>;
    expect(verbose).toMatchObject({
      task: 'transcribe',
      text: timed.text,
      duration: 3,
      language: { en: 'english', de: 'german', zh: 'chinese' }[timed.language as string],
    });
    expect(verbose.segments).toEqual(
      timed.segments.map((s, id) => ({
        ...{ id, seek: Math.round(s.window * 100), start: s.start, end: s.end, text: s.text, tokens: s.tokens, temperature: s.temperature },
        ...{ avg_logprob: s.logProb, compression_ratio: s.compression, no_speech_prob: s.noSpeech ?? 0 },
      })),
    );
  });

  it('takes language, prompt, temperature and seed', async () => {
    const textOf = async (more: object) => ((await create(more)) as { text: string }).text;
    for (const language of ['en', 'de']) expect(await textOf({ language })).toBe((await expected({ language })).text);
    expect(await textOf({ prompt: 'Ada' })).toBe((await expected({ prompt: 'Ada' })).text);
    const drawn = await textOf({ temperature: 0.9, seed: 7 });
    expect(drawn).toBe((await expected({ temperatures: [0.9], seed: 7 })).text);
    expect(await textOf({ temperature: 0.9, seed: 8 })).not.toBe(drawn);
    const short = noise(8000);
    const whole = await client.audio.transcriptions.create({ file: await fileOf(short), model: 'ears' });
    expect(whole.text).toBe((await own.transcribe(asFile(short))).text);
  });

  it('streams segments as they are heard', async () => {
    const events: { type: string; delta?: string; text?: string }[] = [];
    for await (const event of (await create({ stream: true })) as AsyncIterable<(typeof events)[number]>) events.push(event);
    const { text, segments } = await expected();
    expect(events.filter(({ type }) => type === 'transcript.text.delta')).toHaveLength(segments.length);
    expect(
      events
        .map(({ delta = '' }) => delta)
        .join('')
        .trimEnd(),
    ).toBe(text);
    expect(events.at(-1)).toEqual({ type: 'transcript.text.done', text, usage: { type: 'duration', seconds: 3 } });
  });

  it('translates', async () => {
    const { text } = await expected({ task: 'translate' });
    expect(await client.audio.translations.create(await body())).toMatchObject({ text });
    const verbose = await client.audio.translations.create((await body({ response_format: 'verbose_json' })) as never);
    expect(verbose).toMatchObject({ task: 'translate', language: 'english' });
  });

  it('answers many at once as it answers one, and keeps no samples', async () => {
    const { text } = await expected();
    const all = (await Promise.all(Array.from({ length: 5 }, () => create()))) as { text: string }[];
    expect(all.map((one) => one.text)).toEqual(all.map(() => text));
    expect(soundBytes()).toBe(0);
  });

  it('is told of where models are', async () => {
    const cards = (await client.models.list()).data as unknown as Record<string, unknown>[];
    expect(cards.find(({ id }) => id === 'ears')).toMatchObject({
      input_modalities: ['audio'],
      output_modalities: ['text'],
      state: 'loaded',
    });
    const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, unknown> };
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/v1/audio/transcriptions', '/v1/audio/translations']));
  });

  it.each([
    ['another language', { language: 'fr' }, 400, 'invalid_value', 'language'],
    ['a temperature that is none', { temperature: 3 }, 400, 'invalid_value', 'temperature'],
    [
      'times of words',
      { response_format: 'verbose_json', timestamp_granularities: ['word'] },
      400,
      'invalid_value',
      'timestamp_granularities[][0]',
    ],
    ['times without a place for them', { timestamp_granularities: ['segment'] }, 400, 'invalid_value', 'timestamp_granularities'],
    ['subtitles as a stream', { response_format: 'srt', stream: true }, 400, 'invalid_value', 'response_format'],
    ['an unknown field', { diarize: true }, 400, 'unknown_parameter', 'diarize'],
    ['another format', { response_format: 'docx' }, 400, 'invalid_value', 'response_format'],
    ['another model', { model: 'fake' }, 404, 'model_not_found', 'model'],
    ['a field that is missing', { model: undefined }, 400, 'missing_required_parameter', 'model'],
  ] as const)('refuses %s', async (_, more, status, code, param) => {
    await expect(create(more)).rejects.toMatchObject({ status, code, param });
  });

  it('refuses what is too large, too long, empty, or no sound, with what it takes instead', async () => {
    const send = async (file: Awaited<ReturnType<typeof toFile>>): Promise<unknown> => create({ file });
    await expect(send(await fileOf(noise(200_000)))).rejects.toMatchObject({ status: 413, code: 'file_too_large' });
    await expect(send(await fileOf(noise(16000 * 8 + 1600)))).rejects.toMatchObject({
      status: 400,
      code: 'audio_too_long',
      param: 'file',
      message: expect.stringMatching(/at most 8 s.*8\.1 s/),
    });
    const invalid = { status: 400, code: 'invalid_audio', param: 'file' };
    await expect(send(await toFile(Buffer.from('hello, I am not a sound at all'), 'a.wav'))).rejects.toMatchObject({
      ...invalid,
      message: expect.stringMatching(/WAV, MP3, FLAC or Ogg/),
    });
    await expect(send(await fileOf(noise(0)))).rejects.toMatchObject(invalid);
    await expect(send(await toFile(Buffer.alloc(0), 'a.wav'))).rejects.toMatchObject(invalid);
    await expect(send(await toFile(Buffer.from(encodeWav(noise(5000))).subarray(0, 30), 'a.wav'))).rejects.toMatchObject(invalid);
    // A video is read by a program that is not asked unless the server is told to.
    const mp4 = Buffer.from('\0\0\0\u0018ftypisom\0\0\0\0isommp42', 'latin1');
    await expect(send(await toFile(mp4, 'a.mp4'))).rejects.toMatchObject(invalid);
  });

  it('refuses JSON, other methods, and servers without ears', async () => {
    const url = `${server.url}/v1/audio/transcriptions`;
    const json = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    expect(json.status).toBe(415);
    expect((await fetch(url)).status).toBe(405);
    const deaf = await serve({ engine: new FakeEngine(), model: 'fake', port: 0 });
    const asked = new OpenAI({ baseURL: `${deaf.url}/v1`, apiKey: 'none', maxRetries: 0 }).audio.transcriptions.create(await body());
    await expect(asked).rejects.toMatchObject({ status: 404, code: 'model_not_found', message: expect.stringMatching(/--transcriptions/) });
    await deaf.close({ drainMs: 0 });
  });
});
