// Models of a server before they are loaded: what config and headers of a folder tell, and how it becomes an engine.

import { modelKind } from '../model/index.js';
import type { FamilyKind } from '../networks/index.js';
import { sizeOf } from '../util/host.js';
import { modelFolders, openNetwork } from '../weights/index.js';
import { ClipEmbedder } from './clip-embedder.js';
import type { Engine } from './engine.js';
import { CACHE_BYTES } from './memory.js';
import { ModelEngine, type ModelEngineOptions } from './model-engine.js';
import { ServedTranscriber } from './served-transcriber.js';
import type { SlotLimits } from './slots.js';

/** Something that a server loads when it is asked for. */
export interface LoadedLater<T> {
  /** What requests call it. */
  readonly name: string;
  /** Bytes that it takes at least, as far as is known before it is loaded. */
  readonly bytes?: number;
  /** Loads it; what comes back is the server's to dispose of. `signal` is aborted when the server ends. */
  load(signal: AbortSignal): Promise<T>;
}

/** A model that answers, loaded when it is asked for. */
export interface ModelSource extends LoadedLater<Engine> {
  /** Names of its adapters, which requests can use before it is loaded. */
  readonly adapters?: readonly string[];
  /** Replies that may run or wait. Default: those of a `ModelEngine`, 72. */
  readonly places?: number;
}

/** A model for embeddings, loaded when it is asked for. */
export type EmbedderSource = LoadedLater<ClipEmbedder>;

/** A model for transcripts, loaded when it is asked for. */
export type TranscriberSource = LoadedLater<ServedTranscriber>;

/** What a `ModelEngine` has by default. */
const DEFAULT_LIMITS: SlotLimits = { slots: 8, maxQueue: 64 };

/** Replies that may run or wait at a model. */
export function placesOf({ slots, maxQueue }: Partial<SlotLimits>): number {
  return (slots ?? DEFAULT_LIMITS.slots) + (maxQueue ?? DEFAULT_LIMITS.maxQueue);
}

/** Options of `folderModel`. */
export interface FolderModelOptions extends Omit<ModelEngineOptions, 'signal'> {
  name: string;
}

/** Loads a folder; replaceable. */
export type LoadEngine = (dir: string, options: ModelEngineOptions) => Promise<Engine>;

/**
 * A folder in Hugging Face layout, or a model of the hub, as a model of a server. Config and headers of the weights are checked now, so a
 * wrong folder is found at the start. Errors: those of `openNetwork`.
 */
export async function folderModel(dir: string, options: FolderModelOptions, load?: LoadEngine): Promise<ModelSource> {
  const { bytes, caches } = await weightBytes(dir, ['causal', 'seq2seq', 'multimodal']);
  const { cacheBytes = CACHE_BYTES } = options;
  return { ...engineSource(dir, options, load), bytes: bytes + (caches ? cacheBytes : 0) };
}

/** The same without a look at the folder, for a model that is loaded at once. */
export function engineSource(
  dir: string,
  { name, ...options }: FolderModelOptions,
  load: LoadEngine = (folder, o) => ModelEngine.load(folder, o),
): ModelSource {
  return {
    name,
    adapters: (options.adapters ?? []).map((adapter) => adapter.name),
    places: placesOf(options),
    load: async (signal) => {
      const engine = await load(dir, { ...options, signal });
      try {
        await warmUp(engine, signal);
        return engine;
      } catch (error) {
        await engine.dispose();
        throw error;
      }
    },
  };
}

/** A CLIP folder, or one of the hub, as a model for embeddings of a server. Errors: those of `openNetwork`. */
export async function folderEmbedder(dir: string, options: { name: string; threads?: number }): Promise<EmbedderSource> {
  return { name: options.name, bytes: (await weightBytes(dir, ['encoder'])).bytes, load: () => ClipEmbedder.load(dir, options) };
}

/** A Whisper folder, or one of the hub, as a model for transcripts of a server. Errors: those of `openNetwork`. */
export async function folderTranscriber(dir: string, options: { name: string; threads?: number }): Promise<TranscriberSource> {
  const { bytes } = await weightBytes(dir, ['encoder']);
  return { name: options.name, bytes, load: (signal) => ServedTranscriber.load(dir, { ...options, signal }) };
}

/** Compiles the programs with a word, so that the first client does not wait for it and a broken model is found when it is loaded. */
async function warmUp(engine: Engine, signal: AbortSignal): Promise<void> {
  // Models without a chat template only continue prompts.
  const chats = engine.abilities.chat !== false;
  const asked = chats ? { messages: [{ role: 'user' as const, content: 'Hello' }] } : { messages: [], prompt: 'Hello' };
  const reply = await engine.submit({ ...asked, maxTokens: 1, temperature: 0, signal });
  for await (const event of reply) void event;
}

/** Bytes of a folder's weights in memory, from the headers of its files; whether it keeps what it has seen. */
async function weightBytes(name: string, kinds: readonly FamilyKind[]): Promise<{ bytes: number; caches: boolean }> {
  const { dir } = await modelFolders(name);
  const { family, config, quantization, file, weights, match } = await openNetwork(dir, { kinds });
  const caches = family.kind !== 'encoder' && modelKind(family, config, dir) !== 'seq2seq';
  // Floats are read as float32; what is stored in fewer bits stays as it is.
  const sizes = quantization
    ? [...file.tensors.keys()].map((tensor) => file.locate(tensor)?.length ?? 0)
    : [...new Set(match.values())].map((tensor) => 4 * sizeOf(weights.tensors.get(tensor)?.shape ?? []));
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), caches };
}
