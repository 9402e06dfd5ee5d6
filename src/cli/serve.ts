// `sensorium serve MODEL …`: its options, and what they mean to a run of the server.

import { defineCommand } from 'citty';
import type { ApiKey } from '../serve/keys.js';
import { numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { DEFAULT_MODEL } from './root.js';
import { readAdapterChoices, readPairs, readValues } from './serve-adapters.js';
import { readKeys } from './serve-keys.js';
import { serveModels } from './serve-process.js';

const MIB = 2 ** 20;

export default defineCommand({
  meta: { name: 'serve', description: 'Serve models behind the OpenAI API' },
  args: {
    model: {
      type: 'positional',
      description:
        'folders, names or hub ids of models, each perhaps as NAME=DIR; the first is loaded at the start, others when they are asked for',
      required: false,
      default: DEFAULT_MODEL,
      valueHint: 'MODEL …',
    },
    port: { type: 'string', description: '0 takes a free one', default: '8000', valueHint: 'N' },
    host: { type: 'string', description: '0.0.0.0 listens to the whole network', default: '127.0.0.1', valueHint: 'ADDRESS' },
    name: { type: 'string', description: 'name of a single model in requests (default: of its folder)', valueHint: 'NAME' },
    alias: { type: 'string', description: 'another name of a model or adapter; again for more, or with commas', valueHint: 'ALIAS=NAME' },
    preload: { type: 'boolean', description: 'load all models at the start' },
    memory: {
      type: 'string',
      description: 'MiB for models, their caches and what requests bring; more get 503 (default: 80 % of the memory that there is)',
      valueHint: 'MIB',
    },
    adapter: {
      type: 'string',
      description:
        "an adapter in peft's layout, a folder or owner/name on the hub, which requests name as their model; again for more, or with commas (of a base: MODEL/NAME=ADAPTER)",
      valueHint: 'NAME=ADAPTER',
    },
    embeddings: {
      type: 'string',
      description: 'a CLIP folder for /v1/embeddings, such as models/world-clip; again for more, or with commas',
      valueHint: 'FOLDER',
    },
    transcriptions: {
      type: 'string',
      description: 'a Whisper folder or hub id for /v1/audio, such as openai/whisper-tiny; again for more, or with commas',
      valueHint: 'MODEL',
    },
    demos: {
      type: 'string',
      description: 'the index of a folder (sensorium index DIR) that requests may show examples from; again for more, or with commas',
      valueHint: 'NAME=DIR',
    },
    agents: {
      type: 'string',
      description: 'agents that requests may ask for, with commas between: {"sensorium": {"agent": "visprog"}} (default: none)',
      valueHint: 'NAMES',
    },
    'api-key': { type: 'string', description: 'keys that may ask, with commas between (also: SENSORIUM_API_KEYS)', valueHint: 'KEYS' },
    'api-key-file': { type: 'string', description: 'keys, one a line: KEY [name=NAME] [rpm=N]', valueHint: 'FILE' },
    'rate-limit': { type: 'string', description: 'requests per minute of each key, or address without keys', valueHint: 'N' },
    slots: { type: 'string', description: 'replies that are written at the same time, in one batch (default: 8)', valueHint: 'N' },
    context: {
      type: 'string',
      description: "tokens of prompt and reply together (default: the model's own, as far as --kv-budget reaches)",
      valueHint: 'N',
    },
    'kv-budget': {
      type: 'string',
      description: 'MiB for keys and values of running replies; less shortens the context (default: all of it, 2048 at most)',
      valueHint: 'MIB',
    },
    queue: { type: 'string', description: 'replies that may wait; more get 429 (default: 64)', valueHint: 'N' },
    exact: {
      type: 'boolean',
      description: 'replies of quantized models do not depend on what else runs',
      negativeDescription: 'faster, and replies of quantized models vary',
      default: true,
    },
    threads: { type: 'string', description: 'threads of ONNX Runtime', valueHint: 'N' },
    'max-body': { type: 'string', description: 'largest request in MiB (default: 20)', valueHint: 'MIB' },
    'body-memory': {
      type: 'string',
      description: 'MiB of all requests that are read or held; more get 503 (default: 256)',
      valueHint: 'MIB',
    },
    'max-images': { type: 'string', description: 'images of one request (default: 16)', valueHint: 'N' },
    'max-pixels': { type: 'string', description: 'pixels of all images of a request, in millions (default: 50)', valueHint: 'MP' },
    'max-audio': { type: 'string', description: 'largest sound file in MiB (default: 25)', valueHint: 'MIB' },
    'max-audio-seconds': { type: 'string', description: 'longest sound in seconds (default: 600)', valueHint: 'S' },
    ffmpeg: { type: 'boolean', description: 'also read sounds in M4A, WebM and videos that clients send, with the program ffmpeg' },
    'file-storage': {
      type: 'string',
      description: 'MiB of uploaded files that are kept, in memory; 0 takes none (default: 256)',
      valueHint: 'MIB',
    },
    'file-hours': { type: 'string', description: 'hours that an uploaded file is kept (default: 24)', valueHint: 'H' },
    'allow-host': {
      type: 'string',
      description: 'fetch images from these hosts: a.example,*.b.example, or * for all; never from inside addresses (default: none)',
      valueHint: 'HOSTS',
    },
    'allowed-host': {
      type: 'string',
      description: 'without keys: names beside localhost and the address that requests may be sent to; commas between, * is any',
      valueHint: 'HOSTS',
    },
    cors: {
      type: 'string',
      description: 'origins whose pages may ask: http://localhost:3000, commas between, * is any',
      valueHint: 'ORIGINS',
    },
    proxies: { type: 'string', description: 'proxies in front that add to X-Forwarded-For (default: 0, not read)', valueHint: 'N' },
    'keep-alive': { type: 'string', description: 'seconds that an idle connection is kept (default: 75)', valueHint: 'S' },
    drain: { type: 'string', description: 'seconds that running replies have at the end (default: 30)', valueHint: 'S' },
    demo: { type: 'boolean', description: 'also serve a page at /demo/ on which the models run, and learn, in the browser' },
    json: { type: 'boolean', description: 'log lines as JSON' },
    'quiet-probes': { type: 'boolean', description: 'do not log /health, /ready and /metrics' },
  },
  async run({ args, rawArgs }) {
    const whole = (name: string, text: string | undefined, min: number, max: number) =>
      numberOption(name, text, { min, max, integer: true });
    const [storage, hours] = [
      numberOption('file-storage', args['file-storage'], { min: 0, max: 65_536 }),
      numberOption('file-hours', args['file-hours'], { min: 0.001, max: 24 * 365 }),
    ];
    const [memory, kv, body, held, pixels, drain, idle] = [
      numberOption('memory', args.memory, { min: 1, max: 16_777_216 }),
      numberOption('kv-budget', args['kv-budget'], { min: 0.001, max: 1_048_576 }),
      numberOption('max-body', args['max-body'], { min: 0.001, max: 1024 }),
      numberOption('body-memory', args['body-memory'], { min: 0.001, max: 1_048_576 }),
      numberOption('max-pixels', args['max-pixels'], { min: 0.001, max: 1000 }),
      numberOption('drain', args.drain, { min: 0, max: 3600 }),
      numberOption('keep-alive', args['keep-alive'], { min: 0.001, max: 86_400 }),
    ];
    const audio = numberOption('max-audio', args['max-audio'], { min: 0.001, max: 1024 });
    const list = (text = ''): string[] => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
    const reloadKeys = (): Promise<ApiKey[]> =>
      readKeys({ key: args['api-key'], file: args['api-key-file'], env: process.env.SENSORIUM_API_KEYS });
    const options = {
      models: args._.length > 0 ? args._ : [DEFAULT_MODEL],
      name: args.name,
      aliases: readPairs(rawArgs, '--alias', 'ALIAS=NAME'),
      preload: args.preload,
      memory: memory && Math.round(memory * MIB),
      host: args.host,
      port: whole('port', args.port, 0, 65_535),
      adapters: readAdapterChoices(rawArgs),
      embeddings: readValues(rawArgs, '--embeddings'),
      transcriptions: readValues(rawArgs, '--transcriptions'),
      demos: readPairs(rawArgs, '--demos', 'NAME=DIR'),
      agents: list(args.agents),
      keys: await reloadKeys(),
      reloadKeys,
      rpm: whole('rate-limit', args['rate-limit'], 1, 1_000_000),
      slots: whole('slots', args.slots, 1, 1024),
      context: whole('context', args.context, 2, 100_000_000),
      kvBytes: kv && Math.round(kv * MIB),
      queue: whole('queue', args.queue, 0, 100_000),
      exact: args.exact,
      threads: whole('threads', args.threads, 1, 1024),
      maxBody: body && Math.round(body * MIB),
      bodyMemory: held && Math.round(held * MIB),
      maxImages: whole('max-images', args['max-images'], 0, 1000),
      maxAudio: audio && Math.round(audio * MIB),
      maxAudioSeconds: numberOption('max-audio-seconds', args['max-audio-seconds'], { min: 0.1, max: 36_000 }),
      ffmpeg: args.ffmpeg,
      maxPixels: pixels && Math.round(pixels * 1e6),
      fileBytes: storage === undefined ? undefined : Math.round(storage * MIB),
      fileMs: hours && hours * 3_600_000,
      allowHosts: list(args['allow-host']),
      allowedHosts: list(args['allowed-host']),
      cors: list(args.cors),
      proxies: whole('proxies', args.proxies, 0, 16),
      keepAliveMs: idle && idle * 1000,
      quietProbes: args['quiet-probes'],
      drainMs: drain === undefined ? undefined : drain * 1000,
      demo: args.demo,
      json: args.json,
    };
    await withInterrupt((signal) => serveModels({ ...options, signal }));
  },
});
