// Our side of the text benchmarks: a decoder over a folder of the cache, asked in the same lines as the peers.

import { Decoder, Engine, type KvCache, Sampler } from '../src/generate/index.js';
import { PackedTensor, type Parameter } from '../src/graph/index.js';
import type { CausalDecoder, MultimodalNetwork } from '../src/networks/index.js';
import type { Runtime } from '../src/runtime/runtime.js';
import { SensoriumError } from '../src/util/errors.js';
import type { HostTensor } from '../src/util/host.js';
import { loadNetwork } from '../src/weights/index.js';
import type { Side } from './sides.js';

/** Prompts are computed in pieces of at most this many tokens, so that a long one needs no more memory. */
const CHUNK = 512;

/** What a run wants of the model. */
export interface LanguageOptions {
  runtime: Runtime;
  /** Positions that the cache holds. */
  capacity: number;
  /** Concurrent streams, for `streams`. */
  slots?: number;
  /** Int4 replies that do not depend on the batch. */
  exact?: boolean;
}

/** A model that is loaded once, for sides with several thread counts. */
export class LanguageModel {
  private constructor(
    readonly network: CausalDecoder | MultimodalNetwork,
    readonly values: ReadonlyMap<Parameter, HostTensor>,
    private readonly options: LanguageOptions,
  ) {}

  static async load(folder: string, options: LanguageOptions): Promise<LanguageModel> {
    const { network, values } = await loadNetwork(folder, { kinds: ['causal', 'multimodal'] });
    return new LanguageModel(network as CausalDecoder | MultimodalNetwork, values, options);
  }

  get language(): CausalDecoder {
    return 'language_model' in this.network ? this.network.language_model : this.network;
  }

  async start(threads: number): Promise<Side> {
    const { network, values } = this;
    const { runtime, capacity } = this.options;
    return new LanguageSide(await Decoder.create({ network, values, runtime, capacity, threads }), this.options);
  }

  /** Bytes that one token after `context` others reads: the weights of every product, and all keys and values. */
  bytesPerToken(context: number): number {
    const { language } = this;
    const { num_hidden_layers, num_key_value_heads, head_dim } = language.config;
    const table = language.lm_head ? language.model.embed_tokens.weight : undefined; // of a table of its own, one row is read
    let weights = 0;
    for (const p of new Set(language.parameters())) {
      if (p === table) continue;
      const value = this.values.get(p) as HostTensor;
      const blocks = value instanceof PackedTensor ? value.forms.blocks : undefined;
      weights += blocks ? blocks.packed.data.byteLength + blocks.scales.data.byteLength : p.count * 4;
    }
    return weights + context * num_hidden_layers * 2 * num_key_value_heads * head_dim * 4;
  }
}

/** The ids of a prompt: any will do, for the weights are random; every side takes the same. */
export function promptId(position: number, vocab: number, seed = 0): number {
  return 3 + ((position * 7919 + seed * 104729) % Math.min(40000, vocab - 16));
}

class LanguageSide implements Side {
  private readonly sampler = new Sampler();
  private cache: KvCache | undefined;
  private engine: Promise<Engine> | undefined;
  private asked = 0;
  constructor(
    private readonly decoder: Decoder,
    private readonly options: LanguageOptions,
  ) {}

  async ask(line: string): Promise<number[]> {
    const [what, ...numbers] = line.split(' ');
    const [a = 0, b = 0, c = 0] = numbers.map(Number);
    if (what === 'decode') return [await this.decode(a, b)];
    if (what === 'prefill') return this.prefill(a);
    if (what === 'streams') return [await this.streams(a, { prompt: b, count: c })];
    throw new SensoriumError('cli.usage', 'no such work', { expected: 'decode, prefill or streams', got: line });
  }

  /** Computes a prompt as far as the cache does not hold it; the logits after it. */
  private async fill(length: number): Promise<HostTensor<'float32'>> {
    this.cache ??= this.decoder.cache();
    const { cache, decoder } = this;
    const vocab = decoder.language.config.vocab_size;
    for (;;) {
      const have = cache.lengths[0] as number;
      const ids = Array.from({ length: Math.min(CHUNK, length - have) }, (_, i) => promptId(have + i, vocab));
      const logits = await decoder.step(cache, { ids: [ids] });
      if (have + ids.length === length) return logits;
    }
  }

  /** Milliseconds of `count` greedy tokens after `context` ones, everything between two tokens included. */
  private async decode(context: number, count: number): Promise<number> {
    const { decoder, sampler } = this;
    this.cache?.truncate(context - 1);
    let logits = await this.fill(context);
    const cache = this.cache as KvCache;
    let { id } = sampler.choose(logits.data, cache.logSums[0]);
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      logits = await decoder.step(cache, { ids: [[id]] });
      id = sampler.choose(logits.data, cache.logSums[0]).id;
    }
    return performance.now() - start;
  }

  /** Milliseconds from a prompt to its first token, and that token. */
  private async prefill(length: number): Promise<number[]> {
    this.cache?.truncate(0);
    const start = performance.now();
    const logits = await this.fill(length);
    const { id } = this.sampler.choose(logits.data, this.cache?.logSums[0]);
    return [performance.now() - start, id];
  }

  /** Milliseconds from the first request to the last token of `count` streams through the serving engine. */
  private async streams(count: number, { prompt, count: tokens }: { prompt: number; count: number }): Promise<number> {
    const { decoder } = this;
    const { slots = count, exact = false } = this.options;
    this.engine ??= Engine.create({ decoder }, { slots, prefixBytes: 0, lookup: false, exact });
    const engine = await this.engine;
    const vocab = decoder.language.config.vocab_size;
    const start = performance.now();
    const running = Array.from({ length: count }, async () => {
      const seed = ++this.asked;
      const ids = Array.from({ length: prompt }, (_, i) => promptId(i, vocab, seed));
      let made = 0;
      for await (const { token } of engine.submit({ ids, maxTokens: tokens })) if (token) made++;
      return made;
    });
    const made = (await Promise.all(running)).reduce((x, y) => x + y, 0);
    if (made !== count * tokens)
      throw new SensoriumError('generate.reader', 'a stream ended early', { expected: String(count * tokens), got: String(made) });
    return performance.now() - start;
  }

  async stop(): Promise<void> {
    await (await this.engine)?.dispose();
    this.decoder.dispose();
  }
}
