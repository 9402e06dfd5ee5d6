// A run of `sensorium serve`: models to a server, one log line for each request, news of models, a graceful end.

import type { IndexBank } from '../reason/demos/index.js';
import type { AgentOptions } from '../serve/agents.js';
import { FILE_LIMITS, type FileLimits } from '../serve/files.js';
import type {
  AdapterChoice,
  EmbedderSource,
  Engine,
  ModelEngineOptions,
  ModelSource,
  RunningServer,
  ShelfEvent,
  TranscriberSource,
} from '../serve/index.js';
import type { ApiKey } from '../serve/keys.js';
import { CACHE_BYTES, defaultMemory, KV_BYTES } from '../serve/memory.js';
import { SensoriumError } from '../util/errors.js';
import { packageVersion } from '../util/package.js';
import { formatBytes, formatDuration } from '../util/progress.js';
import { fetchAdapters } from './fetch-model.js';
import type { Held } from './judge-option.js';
import { LogWriter } from './log-writer.js';
import { usageError } from './report.js';
import { DEFAULT_MODEL } from './root.js';
import { adaptersByModel } from './serve-adapters.js';
import { nameOptions } from './serve-errors.js';
import { jsonLine, textLine } from './serve-log.js';
import { checkNames, type LocatedModel, locateModels, resolveAliases } from './serve-models.js';

/** What a run of `serve` needs; the last group is replaceable in tests. */
export interface ServeCommandOptions {
  /** Folders, names, hub ids, each perhaps as NAME=DIR. Default: the model that ships with the package. */
  models?: readonly string[];
  /** Of the model, where there is one. */
  name?: string;
  /** Other names of models and adapters. */
  aliases?: readonly (readonly [alias: string, target: string])[];
  /** Agents that requests may ask for, by name. */
  agents?: readonly string[];
  /** Load all models before listening, not the first alone. */
  preload?: boolean;
  /** Bytes of models with their caches, and of what requests bring. */
  memory?: number;
  /** Adapters that requests can name as their model; folders may be hub ids. */
  adapters?: readonly AdapterChoice[];
  host?: string;
  port?: number;
  embeddings?: readonly string[];
  transcriptions?: readonly string[];
  /** Indexes that requests may take demonstrations from. */
  demos?: readonly (readonly [name: string, dir: string])[];
  keys?: readonly ApiKey[];
  rpm?: number;
  slots?: number;
  /** Tokens of prompt and reply together. */
  context?: number;
  /** Bytes for keys and values of running replies. */
  kvBytes?: number;
  queue?: number;
  /** Replies of quantized models do not depend on what else runs. Default true. */
  exact?: boolean;
  threads?: number;
  maxBody?: number;
  /** Bytes of all request bodies that are read or held. */
  bodyMemory?: number;
  maxImages?: number;
  maxPixels?: number;
  /** Bytes and seconds of one sound. */
  maxAudio?: number;
  maxAudioSeconds?: number;
  /** Clients' sounds may be read with ffmpeg. */
  ffmpeg?: boolean;
  /** Bytes of uploaded files; 0: none are taken. */
  fileBytes?: number;
  fileMs?: number;
  allowHosts?: readonly string[];
  allowedHosts?: readonly string[];
  cors?: readonly string[];
  proxies?: number;
  keepAliveMs?: number;
  drainMs?: number;
  /** Serve the page that runs models in the browser. */
  demo?: boolean;
  json?: boolean;
  /** Do not log /health, /ready and /metrics that succeed. */
  quietProbes?: boolean;
  /** Reads the keys again, on SIGHUP. */
  reloadKeys?: () => Promise<readonly ApiKey[]>;
  signal: AbortSignal;

  load?: (dir: string, options: ModelEngineOptions) => Promise<Engine>;
  write?: (text: string) => void;
  log?: (line: string) => void;
  onListening?: (server: RunningServer) => void;
}

const LOOPBACK = /^(127\.|localhost$|::1$)/;

/** Serves until the signal is aborted, then drains. Resolves when everything is closed. */
export async function serveModels(options: ServeCommandOptions): Promise<void> {
  const { host = '127.0.0.1', keys = [], json = false, signal, allowHosts = [], memory = defaultMemory() } = options;
  const { write, log, lostLines } = outputOf(options);
  const tell = (level: 'info' | 'warning', message: string, more: object = {}): void => {
    if (json) log(JSON.stringify({ time: new Date().toISOString(), level, message, ...more }));
    else if (level === 'info') write(`${message}\n`);
    else log(`warning: ${message}`);
  };
  const { keepTidy, serve } = await import('../serve/index.js'); // not for --help
  let server: RunningServer | undefined;
  let first: Engine | undefined;
  const demos = await openIndexes(options.demos ?? [], signal);
  const untidy = keepTidy();
  const held: Held = [];
  const unwatch = onHangUp(async () => tell('info', await reload(server, keys, options.reloadKeys)));
  try {
    const sources = await sourcesOf(options, memory, {
      onLoad: (engine) => {
        first ??= engine;
      },
      onWarning: (text) => tell('warning', text),
    });
    const { maxBody, maxImages, maxAudio, maxAudioSeconds, ffmpeg } = options;
    const limits = { maxBody, maxHeldBytes: options.bodyMemory, maxImages, maxAudio, maxAudioSeconds, ffmpeg };
    server = await serve({
      ...sources,
      demos,
      agents: await agentsOf(options.agents, held),
      signal,
      preload: options.preload ? 'all' : 'first',
      memory,
      onModel: (event) => {
        if (server && !signal.aborted) tell(...modelNews(event));
      },
      ...(options.demo ? { demo: await demoOf(options) } : {}),
      host,
      port: options.port,
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
    }).catch(nameMemory);
    for (const line of startLines(server, memory, first)) tell('info', line);
    if (options.demo) tell('info', `A page that runs them in the browser: ${server.url}/demo/`);
    if (!json && first) write(`\n${curlExample(first, server.url, sources.models[0]?.name ?? '', keys.length > 0)}\n\n`);
    if (!LOOPBACK.test(host) && keys.length === 0)
      tell('warning', `${host} is open to the network and there are no API keys: anybody may ask. See --api-key`);
    options.onListening?.(server);
    await new Promise<void>((done) => (signal.aborted ? done() : signal.addEventListener('abort', () => done(), { once: true })));
    tell('info', 'Finishing what runs …');
    const cut = await server.close({ drainMs: options.drainMs });
    tell('info', cut === 0 ? 'Stopped' : `Stopped; ${cut} requests were cut off`);
  } finally {
    unwatch();
    untidy();
    for (const index of demos.values()) await index.dispose();
    for (const one of held) await one.dispose();
  }
}

/** The indexes of `--demos`, by their names. Errors: those of `openIndex`. */
async function openIndexes(pairs: readonly (readonly [name: string, dir: string])[], signal: AbortSignal): Promise<Map<string, IndexBank>> {
  const opened = new Map<string, IndexBank>();
  if (pairs.length === 0) return opened;
  const [{ openIndex }, { openIndexModel }] = await Promise.all([import('../reason/demos/index.js'), import('./demo-options.js')]);
  try {
    for (const [name, dir] of pairs) opened.set(name, await openIndex(dir, { model: (clip) => openIndexModel(clip, signal), signal }));
  } catch (error) {
    for (const index of opened.values()) await index.dispose();
    throw error;
  }
  return opened;
}

/** The agents of `--agents`, with the detector and models that `sensorium agent` has by default. */
async function agentsOf(names: readonly string[] = [], held: Held): Promise<AgentOptions | undefined> {
  if (names.length === 0) return undefined;
  const { AGENT_DEFAULTS, equipmentOf } = await import('./agent-options.js');
  return { names, equipment: equipmentOf(AGENT_DEFAULTS, { held }) };
}

interface Watchers {
  onLoad: (engine: Engine) => void;
  onWarning: (text: string) => void;
}

/** What is served: the first model and the first one for embeddings are loaded at the start, the others are checked. */
async function sourcesOf(
  options: ServeCommandOptions,
  memory: number,
  { onLoad, onWarning }: Watchers,
): Promise<{ models: ModelSource[]; embedders: EmbedderSource[]; transcribers: TranscriberSource[]; aliases: Record<string, string> }> {
  const { ClipEmbedder, ModelEngine, ServedTranscriber } = await import('../serve/index.js');
  const { engineSource, folderEmbedder, folderModel, folderTranscriber } = await import('../serve/model-source.js');
  const { signal, threads, slots, context, queue: maxQueue, exact, maxPixels } = options;
  const { load = (folder, o) => ModelEngine.load(folder, o) } = options;
  const located = nameModels(await locateModels(options.models ?? [DEFAULT_MODEL], signal), options.name);
  const embedders = await locateModels(options.embeddings ?? [], signal);
  const transcribers = await locateModels(options.transcriptions ?? [], signal);
  const { adapters: chosen = [] } = options;
  const folders = await fetchAdapters(
    chosen.map(({ dir }) => dir),
    { signal },
  );
  const adapters = chosen.map(({ name }, i): AdapterChoice => ({ name, dir: folders[i] as string }));
  const byModel = await adaptersByModel(adapters, located);
  const adapterNames = [...byModel.values()].flat().map(({ name }) => name);
  const all = [...located, ...embedders, ...transcribers];
  checkNames(all, { adapter: adapterNames, alias: (options.aliases ?? []).map(([alias]) => alias) });
  const shared = { slots, context, maxQueue, exact, maxPixels, threads, onWarning, ...shares(options, memory) };
  const loaded = async (folder: string, o: ModelEngineOptions): Promise<Engine> => {
    const engine = await load(folder, o).catch(nameOptions);
    onLoad(engine);
    return engine;
  };
  const models: ModelSource[] = [];
  for (const [i, model] of located.entries()) {
    const o = { ...shared, name: model.name, adapters: byModel.get(model) };
    models.push(i === 0 ? engineSource(model.dir, o, loaded) : await folderModel(model.dir, o, loaded));
  }
  const embeds: EmbedderSource[] = [];
  for (const [i, { name, dir }] of embedders.entries())
    embeds.push(i === 0 ? { name, load: () => ClipEmbedder.load(dir, { threads, name }) } : await folderEmbedder(dir, { threads, name }));
  const hearing: TranscriberSource[] = [];
  for (const [i, { name, dir }] of transcribers.entries()) {
    const load = (signal: AbortSignal) => ServedTranscriber.load(dir, { threads, name, signal });
    hearing.push(i === 0 ? { name, load } : await folderTranscriber(dir, { threads, name }));
  }
  return { models, embedders: embeds, transcribers: hearing, aliases: resolveAliases(options.aliases ?? [], all, adapterNames) };
}

/** Models of the page: anybody may fetch their files, so that there is no page where there are keys. */
async function demoOf({ models = [DEFAULT_MODEL], name, keys = [], signal }: ServeCommandOptions): Promise<LocatedModel[]> {
  if (keys.length > 0)
    throw usageError('a page of the demo gives the models to whoever asks', { place: '--demo', hint: 'Leave out --api-key, or --demo' });
  const { demoFolder } = await import('../serve/demo.js');
  await demoFolder();
  return nameModels(await locateModels(models, signal), name);
}

/** Gives the one model the name of --name. */
function nameModels(models: LocatedModel[], name: string | undefined): LocatedModel[] {
  if (name === undefined) return models;
  if (models.length === 1) return models.map((model) => ({ ...model, name }));
  throw usageError('one name for several models', { place: '--name', hint: 'Give each its own: NAME=DIR' });
}

/** What each model may take of a bound that is small. */
function shares({ kvBytes }: ServeCommandOptions, memory: number): Pick<ModelEngineOptions, 'kvBytes' | 'cacheBytes'> {
  const [most, caches] = [Math.floor(memory / 4), Math.floor(memory / 16)];
  return { kvBytes: kvBytes ?? (most < KV_BYTES ? most : undefined), cacheBytes: caches < CACHE_BYTES ? caches : undefined };
}

/** What is served where, and what it takes. */
function startLines(server: RunningServer, memory: number, first: Engine | undefined): string[] {
  const cards = server.models();
  const groups = new Map<string, string>();
  for (const { id, parent, alias_of } of cards)
    if (alias_of === undefined) groups.set(parent ?? id, parent ? `${groups.get(parent)}, ${id}` : id);
  const named = [...groups].map(([id, names]) => {
    const length = cards.find((card) => card.id === id)?.context_length;
    return length === undefined ? names : `${names} (${length} tokens)`;
  });
  const lines = [`Serving ${named.join('; ')} at ${server.url}/v1, Sensorium ${packageVersion()} (Ctrl-C ends)`];
  const aliases = cards.flatMap(({ id, alias_of }) => (alias_of === undefined ? [] : [`${id} is ${alias_of}`]));
  if (aliases.length > 0) lines.push(`Aliases: ${aliases.join(', ')}`);
  const waiting = cards.filter(({ state, parent, alias_of }) => state !== 'loaded' && !parent && alias_of === undefined);
  if (waiting.length > 0) lines.push(`Loaded at their first request: ${waiting.map(({ id }) => id).join(', ')}`);
  const line = first && memoryLine(first);
  if (line) lines.push(line);
  lines.push(`Models, their caches and what requests bring may take ${formatBytes(memory)} (--memory)`);
  return lines;
}

/** What happened to a model, for the log. */
function modelNews(event: ShelfEvent): ['info' | 'warning', string, object] {
  const { name: model } = event;
  switch (event.type) {
    case 'loaded':
      return ['info', `Loaded ${model}: ${formatBytes(event.bytes)} in ${formatDuration(event.ms / 1000)}`, { model }];
    case 'unloaded':
      return ['info', `Unloaded ${model}: ${formatBytes(event.bytes)} are free`, { model }];
    case 'failed': {
      const reason = event.error instanceof Error ? event.error.message : String(event.error);
      return ['warning', `${model} could not be loaded: ${reason}`, { model }];
    }
  }
}

/** Throws an error about memory as one about the option. */
function nameMemory(error: unknown): never {
  if (!(error instanceof SensoriumError) || error.code !== 'serve.memory_full') throw error;
  const { expected, got, message } = error;
  throw usageError(message.replace(/: expected .*/, ''), {
    place: '--memory',
    expected,
    got,
    hint: 'Give more (requests always have three times --max-body of it), or make models smaller with --kv-budget, --slots or --context',
  });
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

const HELLO = [{ role: 'user' as const, content: 'Hello' }];

/** Models without a chat template only continue prompts. */
const chats = ({ abilities }: Engine): boolean => abilities.chat !== false;

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
