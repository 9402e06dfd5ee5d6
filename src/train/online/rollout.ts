// Rollouts: completions of prompts, drawn from the policy under training through the serving engine, with their log-probabilities.

import { Engine } from '../../generate/engine/engine.js';
import { FeatureCache } from '../../generate/engine/feature-cache.js';
import { engineModel } from '../../generate/engine/model.js';
import { joinRows } from '../../generate/media-encoder.js';
import { Mllm } from '../../generate/mllm.js';
import type { Prompt } from '../../generate/policy.js';
import type { FinishReason } from '../../generate/tokens.js';
import type { Parameter } from '../../graph/index.js';
import type { Model, Sequence } from '../../model/index.js';
import { VisionNetwork } from '../../networks/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { CompletionRecorder } from './recorder.js';

/** How completions are drawn. */
export interface SamplingOptions {
  /** Most tokens of a completion. */
  maxTokens: number;
  /** Default 1. 0: the most probable tokens, and log-probabilities as at 1. */
  temperature?: number;
  topP?: number;
  topK?: number;
}

/** Whose completions are drawn. */
export interface RolloutsOptions extends SamplingOptions {
  /** The model under training, its values those of training: `state.trained()`. */
  model: Model;
  /** Its parameters that are trained: read anew at every step, so that updated weights need no reloading. */
  trained: ReadonlySet<Parameter>;
  runtime?: Runtime;
  threads?: number;
  /** Completions that are computed together at most. Default 32. */
  slots?: number;
}

/** What is completed: a prompt without a loss, and a seed for each of its completions. */
export interface RolloutPrompt {
  sequence: Sequence;
  seeds: readonly number[];
}

/** A completion. Plain data, so that a checkpoint can hold it. */
export interface Rollout {
  /** Its tokens; the end token too, where it ended with one. */
  ids: number[];
  /** Log-probability of each token at the temperature of sampling, before top-k, top-p and bans. */
  logProbs: number[];
  /** Mean entropy of the distributions that the tokens were drawn from, before the same. */
  entropy: number;
  text: string;
  /** `length`: cut at `maxTokens`, or where the context ends. */
  finish: FinishReason;
}

/** Bytes of image features that are kept where the vision side is frozen. */
const FEATURE_BYTES = 2 ** 28;

/**
 * Draws completions. The completions of a prompt share its prefix. What is drawn depends on weights, prompts and seeds alone: everything is
 * encoded before the first step, so that the engine takes the same rows in the same order each time.
 */
export class Rollouts {
  /** Ids that a completion never has: placeholders of media, unless the model ends replies with one. */
  readonly forbidden: readonly number[];
  private readonly mllm: Mllm;
  private readonly features = new FeatureCache(FEATURE_BYTES);
  /** Whether features of images change with training. */
  private readonly visionLearns: boolean;
  private engine: Promise<Engine> | undefined;

  /** Throws `train.rollout` for an encoder-decoder. */
  constructor(private readonly o: RolloutsOptions) {
    const { model, trained, runtime, threads } = o;
    if (model.kind === 'seq2seq')
      throw new SensoriumError('train.rollout', 'completions are drawn from decoder-only models', {
        place: model.dir,
        expected: 'a language model, or one with media',
        got: 'an encoder-decoder',
      });
    this.mllm = Mllm.of(model, { runtime, threads, changing: trained });
    this.forbidden = placeholders(model);
    const { network } = model;
    const parts = network instanceof VisionNetwork ? network.parts() : undefined;
    this.visionLearns = parts !== undefined && [...parts.vision, ...parts.connector].some((p) => trained.has(p));
  }

  /** Completions of each prompt, one for each of its seeds, with the weights of now. `sampling` replaces options of the whole. */
  async sample(
    prompts: readonly RolloutPrompt[],
    { signal, ...sampling }: Partial<SamplingOptions> & { signal?: AbortSignal } = {},
  ): Promise<Rollout[][]> {
    const engine = await this.open();
    signal?.throwIfAborted();
    engine.forget();
    if (this.visionLearns) this.features.clear();
    const ready: Prompt[] = [];
    for (const { sequence } of prompts) ready.push(await this.encoded(sequence, signal));
    const { maxTokens, temperature = 1, topP, topK } = { ...this.o, ...sampling };
    const drawn = prompts.map(({ seeds }, i) =>
      seeds.map((seed) => {
        const recorder = new CompletionRecorder(temperature || 1, this.forbidden);
        const prompt = ready[i] as Prompt;
        const drawing = temperature > 0 ? { topP, topK } : {};
        const stream = engine.submit({
          encode: () => prompt,
          maxTokens,
          temperature,
          ...drawing,
          seed,
          processors: [recorder],
          signal,
        });
        return collect(stream, recorder);
      }),
    );
    const settled = await Promise.allSettled(drawn.flat()); // a failure must not leave others running
    const failed = settled.find((r) => r.status === 'rejected');
    if (failed) throw failed.reason;
    return Promise.all(drawn.map((group) => Promise.all(group)));
  }

  /** Tokens of a prompt and its completion together, at most. */
  async contextLength(): Promise<number> {
    return (await this.open()).contextLength;
  }

  async dispose(): Promise<void> {
    const [engine] = await Promise.allSettled([this.engine]);
    if (engine.status === 'fulfilled') await engine.value?.dispose();
    await this.mllm.dispose();
  }

  private open(): Promise<Engine> {
    this.engine ??= (async () => {
      const { generation, ...parts } = await engineModel(this.mllm);
      // The policy itself: settings of the folder, such as a penalty on repetitions, are not part of it.
      const endTokens = generation?.endIds;
      const { slots = 32 } = this.o;
      return Engine.create({ ...parts, endTokens }, { slots, lookup: false, maxQueue: 1_000_000, buffer: 1_000_000 });
    })();
    return this.engine;
  }

  /** A prompt with the rows of its images. */
  private async encoded(sequence: Sequence, signal?: AbortSignal): Promise<Prompt> {
    const { ids, positions, epsilon, media } = sequence;
    if (media.length === 0) return { ids, positions, epsilon };
    const width = (await this.mllm.programs.decoder()).language.rowWidth;
    const rows = [];
    for (const medium of media) {
      signal?.throwIfAborted();
      const data = await this.features.rows(medium.key, async () => (await this.mllm.encodeImages([medium])).data);
      rows.push(hostTensor('float32', [data.length / width, width], data));
    }
    const imagePositions = Int32Array.from(media.flatMap(({ at }) => [...at]));
    return { ids, positions, epsilon, features: joinRows(rows), imagePositions };
  }
}

/** Reads a completion to its end. */
async function collect(stream: ReturnType<Engine['submit']>, recorder: CompletionRecorder): Promise<Rollout> {
  const ids: number[] = [];
  const logProbs: number[] = [];
  let [text, finish] = ['', 'stop' as FinishReason];
  for await (const piece of stream) {
    text += piece.text;
    const token = piece.token ?? piece.end;
    if (token) logProbs.push(recorder.logProb(ids.push(token.id) - 1, token.logProb));
    if (piece.finish) finish = piece.finish;
  }
  return { ids, logProbs, entropy: recorder.entropy(ids.length), text, finish };
}

/** Special tokens of media by their names, such as `<|vision_start|>` and `<fake_token_around_image>`. */
const MEDIA_NAMES = /image|img|video|audio|vision|sound|speech|slot|<pad>|\[pad\]|\|pad\|/i;

/** Ids of a model that stand for media in prompts, or for nothing, and have no place in a reply. */
export function placeholders({ media, tokenizer, generation }: Model): number[] {
  const ids = new Set<number>(media?.everyImage);
  for (const id of [media?.imageTokenId, media?.videoTokenId, tokenizer?.specialIds.image, tokenizer?.specialIds.pad])
    if (id !== undefined) ids.add(id);
  for (const [name, id] of tokenizer?.specialTokens ?? []) if (MEDIA_NAMES.test(name)) ids.add(id);
  for (const id of generation.endIds) ids.delete(id);
  return [...ids].sort((a, b) => a - b);
}

/** A prompt and its completion as a sequence to learn from: every token of the completion has weight 1. */
export function completed(prompt: Sequence, ids: readonly number[]): Sequence {
  const n = prompt.ids.length;
  const all = new Int32Array(n + ids.length);
  all.set(prompt.ids);
  all.set(ids, n);
  const weights = new Float32Array(all.length).fill(1, n);
  const { media, epsilon, positions } = prompt;
  const turned = epsilon === undefined ? {} : { epsilon };
  return { ids: all, weights, media, ...turned, ...(positions ? { positions: continued(positions, n, ids.length) } : {}) };
}

/** Positions [kinds, n] with `more` tokens behind them, which count on from the largest. */
function continued(positions: Int32Array, n: number, more: number): Int32Array {
  const kinds = positions.length / n;
  const next = positions.reduce((most, p) => Math.max(most, p), 0) + 1;
  const out = new Int32Array(kinds * (n + more));
  for (let kind = 0; kind < kinds; kind++) {
    const at = kind * (n + more);
    out.set(positions.subarray(kind * n, (kind + 1) * n), at);
    for (let i = 0; i < more; i++) out[at + n + i] = next + i;
  }
  return out;
}
