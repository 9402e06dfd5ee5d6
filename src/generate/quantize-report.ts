// What quantizing cost: perplexity, logits and the most probable token beside the float model, over the same text.

import { join } from 'node:path';
import type { Parameter } from '../graph/index.js';
import type { CausalDecoder, MultimodalNetwork } from '../networks/index.js';
import type { Program } from '../runtime/compile.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { SensoriumError } from '../util/errors.js';
import { writeAtomic } from '../util/fs.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { loadNetwork } from '../weights/index.js';
import type { QuantizeResult } from '../weights/quantize.js';
import { Decoder } from './decoder.js';

/** Beside the float model, over the positions of a text. */
export interface LogitReport {
  /** Which program: 'prefill' reads whole windows, 'decode' token by token. */
  steps: 'prefill' | 'decode';
  /** Tokens that were predicted. */
  tokens: number;
  perplexity: { float: number; quantized: number };
  /** Absolute differences of logits, after each position's mean is taken off: what the softmax sees. */
  logitError: { mean: number; max: number };
  /** Standard deviation of the float logits within a position: the measure for the errors. */
  logitSpread: number;
  /** Share of positions whose most probable token is the same. */
  topOne: number;
}

/** quantize_report.json. */
export interface QuantizeReport {
  model: string;
  text: string;
  settings: QuantizeResult['settings'];
  bytes: { before: number; after: number };
  matrices: number;
  results: LogitReport[];
}

/** Options of `compareQuantized`. */
export interface CompareOptions {
  /** Token ids of a text, at least two. */
  ids: ArrayLike<number>;
  /** Tokens that see each other. Default 256, or what the model's context allows. */
  window?: number;
  runtime?: Runtime | RuntimeName;
  threads?: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** File of the report, in the quantized folder. */
export const REPORT_FILE = 'quantize_report.json';

/** Tokens that are also read one by one, where decoding has a program of its own. */
const DECODED = 128;

/**
 * Runs both models over the same tokens, window by window. Both are held in memory. Errors: `weights.quantize` when there are not
 * two tokens, or ids that the model does not know; `weights.*`, `model.*` for the folders.
 */
export async function compareQuantized(floatDir: string, quantizedDir: string, options: CompareOptions): Promise<LogitReport[]> {
  const { signal, runtime, threads, onProgress } = options;
  const ids = Int32Array.from(options.ids);
  const networks = [await loadLanguage(floatDir, signal), await loadLanguage(quantizedDir, signal)] as const;
  const { vocab_size: vocab, max_position_embeddings: positions } = networks[0].language.config;
  if (ids.length < 2 || ids.some((id) => id < 0 || id >= vocab))
    throw new SensoriumError('weights.quantize', 'this text cannot be measured', {
      expected: `two tokens or more, below ${vocab}`,
      got: `${ids.length}, up to ${ids.reduce((a, b) => Math.max(a, b), 0)}`,
    });
  const window = Math.min(options.window ?? 256, positions);
  const decoders: Decoder[] = [];
  try {
    for (const { network, values } of networks)
      decoders.push(await Decoder.create({ network, values, capacity: window, runtime, threads }));
    const [float, quantized] = decoders as [Decoder, Decoder];
    const total = ids.length + (quantized.prefill ? Math.min(DECODED, ids.length) : 0);
    const whole = new Tally('prefill', vocab);
    for (let at = 0; at + 1 < ids.length; at += window) {
      signal?.throwIfAborted();
      const piece = ids.subarray(at, at + window);
      if (piece.length < 2) break;
      whole.add(piece, await windowLogits(float, piece), await windowLogits(quantized, piece));
      onProgress?.(Math.min(at + window, ids.length), total);
    }
    const reports = [whole.report()];
    if (quantized.prefill) {
      const piece = ids.subarray(0, Math.min(DECODED, window));
      const single = new Tally('decode', vocab);
      single.add(piece, await windowLogits(float, piece), await decodedLogits(quantized, piece, signal));
      reports.push(single.report());
      onProgress?.(total, total);
    }
    return reports;
  } finally {
    for (const d of decoders) d.dispose();
  }
}

/** Writes the report into the quantized folder. */
export async function writeQuantizeReport(dir: string, report: QuantizeReport): Promise<void> {
  await writeAtomic(join(dir, REPORT_FILE), `${JSON.stringify(report, null, 2)}\n`);
}

interface LoadedLanguage {
  network: CausalDecoder | MultimodalNetwork;
  language: CausalDecoder;
  values: ReadonlyMap<Parameter, HostTensor>;
}

async function loadLanguage(dir: string, signal?: AbortSignal): Promise<LoadedLanguage> {
  const { network, values } = await loadNetwork(dir, { kinds: ['causal', 'multimodal'], signal });
  const joined = network as CausalDecoder | MultimodalNetwork;
  return { network: joined, language: 'language_model' in joined ? joined.language_model : joined, values };
}

/** Logits at every position of a window, [n, vocab]. */
async function windowLogits(decoder: Decoder, ids: Int32Array): Promise<Float32Array> {
  const n = ids.length;
  const { language } = decoder;
  const cache = decoder.cache();
  const feeds: Record<string, HostTensor> = {
    ids: hostTensor('int32', [1, n], ids),
    last: hostTensor(
      'int32',
      [n],
      Int32Array.from({ length: n }, (_, i) => i),
    ),
    lengths: hostTensor('int32', [1], [n - 1]),
    total: hostTensor('int32', [], [n]),
  };
  const kinds = language.positionKinds;
  if (kinds > 0)
    feeds.positions = hostTensor(
      'int32',
      [kinds, 1, n],
      Int32Array.from({ length: kinds * n }, (_, i) => i % n),
    );
  if (decoder.multimodal) {
    feeds.features = hostTensor('float32', [0, language.rowWidth]);
    feeds.image_positions = hostTensor('int32', [0]);
  }
  const program: Program = decoder.programFor(n);
  const { logits } = await cache.step(({ past, present }) => program.run({ ...feeds, ...past }, present));
  cache.dispose();
  return (logits as HostTensor<'float32'>).data;
}

/** The same, token by token. */
async function decodedLogits(decoder: Decoder, ids: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
  const vocab = decoder.language.config.vocab_size;
  const out = new Float32Array(ids.length * vocab);
  const cache = decoder.cache();
  for (const [i, id] of ids.entries()) {
    signal?.throwIfAborted();
    out.set((await decoder.step(cache, { ids: [[id]] })).data, i * vocab);
  }
  cache.dispose();
  return out;
}

/** Sums over positions. */
class Tally {
  private tokens = 0;
  private positions = 0;
  private readonly loss = { float: 0, quantized: 0 };
  private error = 0;
  private worst = 0;
  private variance = 0;
  private same = 0;
  constructor(
    private readonly steps: LogitReport['steps'],
    private readonly vocab: number,
  ) {}

  add(ids: Int32Array, float: Float32Array, quantized: Float32Array): void {
    const { vocab } = this;
    for (let i = 0; i < ids.length; i++) {
      const [a, b] = [float.subarray(i * vocab, (i + 1) * vocab), quantized.subarray(i * vocab, (i + 1) * vocab)];
      const [x, y] = [summary(a), summary(b)];
      let sum = 0;
      for (let v = 0; v < vocab; v++) {
        const e = Math.abs((a[v] as number) - x.mean - ((b[v] as number) - y.mean));
        sum += e;
        if (e > this.worst) this.worst = e;
      }
      this.error += sum / vocab;
      this.variance += x.variance;
      this.same += x.top === y.top ? 1 : 0;
      this.positions++;
      const next = ids[i + 1];
      if (next === undefined) continue;
      this.loss.float += x.logSum - (a[next] as number);
      this.loss.quantized += y.logSum - (b[next] as number);
      this.tokens++;
    }
  }

  report(): LogitReport {
    const perplexity = (loss: number): number => Math.exp(loss / this.tokens);
    return {
      steps: this.steps,
      tokens: this.tokens,
      perplexity: { float: perplexity(this.loss.float), quantized: perplexity(this.loss.quantized) },
      logitError: { mean: this.error / this.positions, max: this.worst },
      logitSpread: Math.sqrt(this.variance / this.positions),
      topOne: this.same / this.positions,
    };
  }
}

function summary(logits: Float32Array): { mean: number; variance: number; top: number; logSum: number } {
  let [sum, top] = [0, 0];
  for (let v = 0; v < logits.length; v++) {
    sum += logits[v] as number;
    if ((logits[v] as number) > (logits[top] as number)) top = v;
  }
  const mean = sum / logits.length;
  const most = logits[top] as number;
  let [squares, exps] = [0, 0];
  for (const x of logits) {
    squares += (x - mean) ** 2;
    exps += Math.exp(x - most);
  }
  return { mean, variance: squares / logits.length, top, logSum: most + Math.log(exps) };
}
