// `sensorium serve MODEL`: the OpenAI-compatible server in this process, one log line for each request, a graceful end.

import { basename, resolve } from 'node:path';
import { defineCommand } from 'citty';
import { FILE_LIMITS, type FileLimits } from '../serve/files.js';
import type { AdapterChoice, ClipEmbedder, Engine, RunningServer } from '../serve/index.js';
import type { ApiKey } from '../serve/keys.js';
import { packageVersion } from '../util/package.js';
import { formatBytes } from '../util/progress.js';
import { fetchAdapters, fetchModel } from './fetch-model.js';
import { numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { LogWriter } from './log-writer.js';
import { usageError } from './report.js';
import { DEFAULT_MODEL, locateModel } from './root.js';
import { readAdapterChoices } from './serve-adapters.js';
import { nameOptions } from './serve-errors.js';
import { readKeys } from './serve-keys.js';
import { jsonLine, textLine } from './serve-log.js';

interface LoadOptions {
  adapters?: readonly AdapterChoice[];
  slots?: number;
  context?: number;
  kvBytes?: number;
  maxQueue?: number;
  exact?: boolean;
  maxPixels?: number;
  threads?: number;
  onWarning?: (text: string) => void;
}

/** What a run of `serve` needs; the last group is replaceable in tests. */
export interface ServeCommandOptions {
  model?: string;
  name?: string;
  /** Adapters that requests can name as their model; folders may be hub ids. */
  adapters?: readonly AdapterChoice[];
  host?: string;
  port?: number;
  embeddings?: string;
  keys?: readonly ApiKey[];
  rpm?: number;
  slots?: number;
  /** Tokens of prompt and reply together. */
  context?: number;
  /** Bytes for keys and values of running replies. */
  kvBytes?: number;
  queue?: number;
  /** Replies of quantised models do not depend on what else runs. Default true. */
  exact?: boolean;
  threads?: number;
  maxBody?: number;
  /** Bytes of all request bodies that are read or held. */
  bodyMemory?: number;
  maxImages?: number;
  maxPixels?: number;
  /** Bytes of uploaded files; 0: none are taken. */
  fileBytes?: number;
  fileMs?: number;
  allowHosts?: readonly string[];
  allowedHosts?: readonly string[];
  cors?: readonly string[];
  proxies?: number;
  keepAliveMs?: number;
  drainMs?: number;
  json?: boolean;
  /** Do not log /health, /ready and /metrics that succeed. */
  quietProbes?: boolean;
  /** Reads the keys again, on SIGHUP. */
  reloadKeys?: () => Promise<readonly ApiKey[]>;
  signal: AbortSignal;

  load?: (dir: string, options: LoadOptions) => Promise<Engine>;
  write?: (text: string) => void;
  log?: (line: string) => void;
  onListening?: (server: RunningServer) => void;
}

const LOOPBACK = /^(127\.|localhost$|::1$)/;

/** Serves until the signal is aborted, then drains. Resolves when everything is closed. */
export async function serveModel(options: ServeCommandOptions): Promise<void> {
  const { model = DEFAULT_MODEL, host = '127.0.0.1', keys = [], json = false, signal, allowHosts = [], threads } = options;
  const { write, log, lostLines } = outputOf(options);
  const { ClipEmbedder, ModelEngine, serve } = await import('../serve/index.js'); // not for --help
  const { load = (folder, o) => ModelEngine.load(folder, o) } = options;
  const dir = await fetchModel(model, { signal });
  const name = options.name ?? nameOf(model, dir);
  const limits = { maxBody: options.maxBody, maxHeldBytes: options.bodyMemory, maxImages: options.maxImages };
  const { adapters: chosen = [] } = options;
  const folders = await fetchAdapters(
    chosen.map((adapter) => adapter.dir),
    { signal },
  );
  const adapters = chosen.map(({ name }, i): AdapterChoice => ({ name, dir: folders[i] as string }));
  const { slots, context, kvBytes, queue: maxQueue, exact, maxPixels } = options;
  let server: RunningServer | undefined;
  const say = (text: string): void =>
    json ? log(JSON.stringify({ time: new Date().toISOString(), level: 'info', message: text })) : write(`${text}\n`);
  const unwatch = onHangUp(async () => say(await reload(server, keys, options.reloadKeys)));
  const onWarning = (text: string): void =>
    log(json ? JSON.stringify({ time: new Date().toISOString(), level: 'warning', message: text }) : `warning: ${text}`);
  let engine: Engine | undefined;
  let embedder: ClipEmbedder | undefined;
  try {
    engine = await load(dir, { adapters, slots, context, kvBytes, maxQueue, exact, maxPixels, threads, onWarning }).catch(nameOptions);
    if (options.embeddings !== undefined) {
      const folder = await fetchModel(options.embeddings, { signal });
      embedder = await ClipEmbedder.load(folder, { threads, name: nameOf(options.embeddings, folder) });
    }
    await warmUp(engine, signal);
    server = await serve({
      engine,
      model: name,
      host,
      port: options.port,
      embedder,
      keys,
      rpm: options.rpm,
      limits: Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
      files: fileLimits(options),
      remote: allowHosts.length > 0 ? { allowHosts } : undefined,
      allowedHosts: options.allowedHosts,
      cors: options.cors,
      proxies: options.proxies,
      keepAliveMs: options.keepAliveMs,
      lostLines,
      onRequest: (record) => {
        if (options.quietProbes && record.status < 400 && PROBES.has(record.path)) return;
        log(json ? jsonLine(record) : textLine(record));
      },
    });
    say(
      `Serving ${[name, ...(engine.adapters ?? [])].join(', ')} (${engine.contextLength} tokens) at ${server.url}/v1, Sensorium ${packageVersion()} (Ctrl-C ends)`,
    );
    const memory = memoryLine(engine);
    if (memory) say(memory);
    if (!json) write(`\n${curlExample(engine, server.url, name, keys.length > 0)}\n\n`);
    if (!LOOPBACK.test(host) && keys.length === 0)
      log(`warning: ${host} is open to the network and there are no API keys: anybody may ask. See --api-key`);
    options.onListening?.(server);
    await new Promise<void>((done) => (signal.aborted ? done() : signal.addEventListener('abort', () => done(), { once: true })));
    say('Finishing what runs …');
    const cut = await server.close({ drainMs: options.drainMs });
    say(cut === 0 ? 'Stopped' : `Stopped; ${cut} requests were cut off`);
  } finally {
    unwatch();
    await engine?.dispose();
    await embedder?.dispose();
  }
}

/** What asks whether the server is well. */
const PROBES: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);

/** Where lines go; those of the process itself may be gone, full or stalled. */
function outputOf({ write, log }: ServeCommandOptions): Required<Pick<ServeCommandOptions, 'write' | 'log'>> & { lostLines: () => number } {
  const out = write ? undefined : new LogWriter(process.stdout);
  const err = log ? undefined : new LogWriter(process.stderr);
  return {
    write: write ?? ((text) => out?.write(text)),
    log: log ?? ((line) => err?.write(`${line}\n`)),
    lostLines: () => (out?.lost ?? 0) + (err?.lost ?? 0),
  };
}

/** Runs `action` at each SIGHUP, which no longer ends the process; the returned function takes that back. */
function onHangUp(action: () => Promise<void>): () => void {
  const listener = (): void => void action();
  process.on('SIGHUP', listener);
  return () => void process.off('SIGHUP', listener);
}

/** Reads the keys again; what goes wrong leaves those that are in use. */
async function reload(
  server: RunningServer | undefined,
  before: readonly ApiKey[],
  read: ServeCommandOptions['reloadKeys'],
): Promise<string> {
  if (!server) return 'SIGHUP: the server is still starting';
  if (!read || before.length === 0) return 'SIGHUP: there are no keys to read again';
  try {
    const keys = await read();
    if (keys.length === 0) return 'SIGHUP: the list of keys is empty; the old keys stay in use';
    server.replaceKeys(keys);
    return `SIGHUP: ${keys.length} keys are in use`;
  } catch (error) {
    return `SIGHUP: the old keys stay in use: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Bounds of uploads: what one key may keep is a quarter of all, unless there are no keys to tell apart. */
function fileLimits({
  fileBytes = FILE_LIMITS.maxTotal,
  fileMs = FILE_LIMITS.ttlMs,
  keys = [],
}: ServeCommandOptions): Partial<FileLimits> | false {
  if (fileBytes === 0) return false;
  const maxPerKey = keys.length > 1 ? Math.ceil(fileBytes / 4) : fileBytes;
  return { maxTotal: fileBytes, maxPerKey, maxFile: Math.min(FILE_LIMITS.maxFile, maxPerKey), ttlMs: fileMs };
}

/** What requests call a model: as its folder, or, since a snapshot's folder is called after its commit, as the hub does. */
function nameOf(given: string, dir: string): string {
  return dir === locateModel(given) ? basename(resolve(dir)) : given;
}

const HELLO = [{ role: 'user' as const, content: 'Hello' }];

/** Models without a chat template only continue prompts. */
const chats = ({ abilities }: Engine): boolean => abilities.chat !== false;

/** Compiles the programs with a word, so that the first client does not wait for it and a broken model is told now. */
async function warmUp(engine: Engine, signal: AbortSignal): Promise<void> {
  const asked = chats(engine) ? { messages: HELLO } : { messages: [], prompt: 'Hello' };
  for await (const event of await engine.submit({ ...asked, maxTokens: 1, temperature: 0, signal })) void event;
}

/** `Memory: weights 5.2 MiB, keys and values 8.0 MiB for 8 replies of 512 tokens`; of engines that know. */
export function memoryLine(engine: Engine): string | undefined {
  const memory = engine.memory?.();
  if (!memory) return undefined;
  const { slots } = engine.stats();
  return `Memory: weights ${formatBytes(memory.weights)}, keys and values ${formatBytes(memory.kv)} for ${slots} ${slots === 1 ? 'reply' : 'replies'} of ${engine.contextLength} tokens`;
}

function curlExample(engine: Engine, url: string, model: string, keys: boolean): string {
  const body = JSON.stringify({ model, ...(chats(engine) ? { messages: HELLO } : { prompt: 'Hello' }) });
  const key = keys ? ` -H "authorization: Bearer $KEY"` : '';
  return `curl ${url}/v1/${chats(engine) ? 'chat/' : ''}completions -H 'content-type: application/json'${key} \\\n  -d '${body}'`;
}

const MIB = 2 ** 20;

export default defineCommand({
  meta: { name: 'serve', description: 'Serve a model behind the OpenAI API' },
  args: {
    model: {
      type: 'positional',
      description: 'folder, name or hub id of a model',
      required: false,
      default: DEFAULT_MODEL,
      valueHint: 'MODEL',
    },
    port: { type: 'string', description: '0 takes a free one', default: '8000', valueHint: 'N' },
    host: { type: 'string', description: '0.0.0.0 listens to the whole network', default: '127.0.0.1', valueHint: 'ADDRESS' },
    name: { type: 'string', description: 'name of the model in requests (default: of its folder)', valueHint: 'NAME' },
    adapter: {
      type: 'string',
      description:
        "an adapter in peft's layout, a folder or owner/name on the hub, which requests name as their model; again for more, or with commas",
      valueHint: 'NAME=ADAPTER',
    },
    embeddings: { type: 'string', description: 'a CLIP folder for /v1/embeddings, such as models/world-clip', valueHint: 'FOLDER' },
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
      description: 'replies of quantised models do not depend on what else runs',
      negativeDescription: 'faster, and replies of quantised models vary',
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
    json: { type: 'boolean', description: 'log lines as JSON' },
    'quiet-probes': { type: 'boolean', description: 'do not log /health, /ready and /metrics' },
  },
  async run({ args, rawArgs }) {
    const [model = DEFAULT_MODEL, ...more] = args._;
    if (more.length > 0) throw usageError('one model is served at a time', { got: args._.join(' ') });
    const whole = (name: string, text: string | undefined, min: number, max: number) =>
      numberOption(name, text, { min, max, integer: true });
    const [storage, hours] = [
      numberOption('file-storage', args['file-storage'], { min: 0, max: 65_536 }),
      numberOption('file-hours', args['file-hours'], { min: 0.001, max: 24 * 365 }),
    ];
    const [kv, body, held, pixels, drain, idle] = [
      numberOption('kv-budget', args['kv-budget'], { min: 0.001, max: 1_048_576 }),
      numberOption('max-body', args['max-body'], { min: 0.001, max: 1024 }),
      numberOption('body-memory', args['body-memory'], { min: 0.001, max: 1_048_576 }),
      numberOption('max-pixels', args['max-pixels'], { min: 0.001, max: 1000 }),
      numberOption('drain', args.drain, { min: 0, max: 3600 }),
      numberOption('keep-alive', args['keep-alive'], { min: 0.001, max: 86_400 }),
    ];
    const list = (text = ''): string[] => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
    const reloadKeys = (): Promise<ApiKey[]> =>
      readKeys({ key: args['api-key'], file: args['api-key-file'], env: process.env.SENSORIUM_API_KEYS });
    const options = {
      model,
      name: args.name,
      host: args.host,
      port: whole('port', args.port, 0, 65_535),
      adapters: readAdapterChoices(rawArgs),
      embeddings: args.embeddings,
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
      json: args.json,
    };
    await withInterrupt((signal) => serveModel({ ...options, signal }));
  },
});
