// The serving engine: many requests at once on one compiled program, joining and leaving between any two steps.

import { type GenerationConfig, generationOf } from '../../model/generation-config.js';
import { SensoriumError } from '../../util/errors.js';
import { prepareOptions } from '../constrain/compiled.js';
import type { Decoder } from '../decoder.js';
import { checkHalle, checkSwitch } from '../methods/halle.js';
import { type NamedMethod, rowsOf } from '../methods/index.js';
import type { Mllm } from '../mllm.js';
import type { Prompt } from '../policy.js';
import { checkChoice } from '../processors/row.js';
import { type ResolvedOptions, resolveOptions } from '../resolve.js';
import { FeatureCache, type FeatureStats } from './feature-cache.js';
import { Intake } from './intake.js';
import { bytesPerPosition, fixedCapacity, type KvMemory, kvMemory } from './kv-memory.js';
import { checkMethod, type MethodSource, type MethodTurn, startMethod } from './method-rows.js';
import { type EngineModel, encodePrompt, engineModel, readPrompt } from './model.js';
import { PrefixCache, type PrefixStats } from './prefix-cache.js';
import { checkRequest, type EngineOptions, type EngineRequest, type Products, type Settled, settle } from './request.js';
import { DecoderReply, EngineRow } from './row.js';
import { Scheduler, type StepCounts } from './scheduler.js';
import { Stepper } from './stepper.js';
import type { TokenStream } from './token-stream.js';

/** Bytes. All but `rss` are bounded by the options, whatever is asked of the engine. */
export interface EngineMemory {
  /** Of the model, once; engines and streams over the same model share them. */
  weights: number;
  /** Keys and values of running requests; the operating system backs what was ever used of it. */
  kv: number;
  prefix: number;
  features: number;
  logits: number;
  /** Of the whole process. */
  rss: number;
}

export interface EngineStats extends StepCounts {
  running: number;
  queued: number;
  slots: number;
  maxQueue: number;
  finished: number;
  prefix: PrefixStats;
  features: FeatureStats;
}

/** Requests whose prompt is encoded before there is a row for them: pixels and features of the others are not in memory. */
const AHEAD = 2;

/**
 * Continuous batching over a model. What a request generates does not depend on what else runs.
 * @example for await (const { text } of engine.submit({ messages, maxTokens: 64, signal })) process.stdout.write(text);
 */
export class Engine {
  private readonly generation: GenerationConfig;
  private readonly intake: Intake<EngineRequest, DecoderReply>;

  private constructor(
    private readonly model: EngineModel,
    private readonly settings: Settled,
    private readonly kv: KvMemory,
    private readonly stepper: Stepper,
    private readonly prefix: PrefixCache,
    private readonly features: FeatureCache,
    private readonly scheduler: Scheduler,
  ) {
    const generation = model.generation ?? generationOf(model.tokenizer);
    this.generation = { ...generation, endIds: model.endTokens ?? generation.endIds };
    this.intake = new Intake<EngineRequest, DecoderReply>({
      rows: scheduler,
      settings,
      ahead: () => scheduler.freeRows + AHEAD,
      prepare: (request, stream) => this.reply(request, stream),
    });
  }

  /** An engine over a model, which stays its owner's. Throws `generate.option` for options out of range or a `kvBytes` that holds nothing. */
  static async create(model: Mllm | EngineModel, options: EngineOptions = {}): Promise<Engine> {
    const parts = await engineModel(model);
    const { decoder } = parts;
    if (decoder.multimodal && decoder.language.readsMedia)
      throw new SensoriumError('generate.engine', 'a model whose adapters attend to images is not served in one batch with others', {
        place: 'sensorium_adapters',
        got: 'an adapter inside decoder layers that reads media',
        hint: 'Ask it through Mllm (sensorium ask, chat, eval)',
      });
    const settings = settle(options, productsOf(decoder));
    const kv = allocate(parts, settings);
    const stepper = new Stepper(decoder, kv, settings);
    const prefix = new PrefixCache(kv, { bytes: settings.prefixBytes, block: settings.prefixBlock });
    const features = new FeatureCache(settings.featureBytes);
    const scheduler: Scheduler = new Scheduler({
      kv,
      stepper,
      prefix,
      settings,
      width: decoder.language.rowWidth,
      onFailure: (reply, error) => {
        scheduler.remove(reply);
        reply.stream.fail(error);
        engine.intake.kick();
      },
    });
    const engine: Engine = new Engine(parts, settings, kv, stepper, prefix, features, scheduler);
    return engine;
  }

  /** Tokens of prompt and reply together. */
  get contextLength(): number {
    return this.kv.capacity;
  }

  /**
   * Takes a request; its reply streams. Throws at once: `generate.queue` when no more may wait, `generate.context` for ids that can
   * never fit, `generate.option` and `generate.input` for what is wrong with it, `generate.closed` after `drain` or `dispose`. What
   * shows only later (images, a prompt of messages that is too long, a form that cannot be promised) is thrown by the iteration.
   */
  submit(request: EngineRequest): TokenStream {
    this.intake.checkOpen(request);
    checkRequest(request, this.model.decoder.language.config.vocab_size);
    if (request.method) checkMethod(request.method, this.settings.slots);
    if (request.halle) {
      checkHalle(request.halle);
      checkSwitch(this.model.decoder.language, request.halle);
    }
    const promptIds = request.ids ?? [];
    const { choose, endIds } = this.resolve(request, promptIds.length);
    checkChoice(this.model.tokenizer, promptIds, choose, endIds);
    return this.intake.take(request);
  }

  /** Bytes by what they are for. */
  memory(): EngineMemory {
    return {
      weights: this.model.weightBytes ?? this.model.decoder.weightBytes,
      kv: this.kv.bytes,
      prefix: this.prefix.stats.bytes,
      features: this.features.stats.bytes,
      logits: this.stepper.bytes,
      // Read when it is asked for: admission asks for the other numbers all the time.
      get rss() {
        return process.memoryUsage.rss();
      },
    };
  }

  stats(): EngineStats {
    const { slots, maxQueue } = this.settings;
    return {
      running: this.scheduler.running.length,
      queued: this.intake.waiting,
      slots,
      maxQueue,
      finished: this.intake.finished,
      ...this.scheduler.counts,
      prefix: this.prefix.stats,
      features: this.features.stats,
    };
  }

  /** Forgets prefixes and features of images, which were computed with weights that have changed. Only while nothing runs. */
  forget(): void {
    this.prefix.clear();
    this.features.clear();
  }

  /** Takes no more requests; resolves when those it has are over. */
  drain(): Promise<void> {
    return this.intake.drain();
  }

  /** Ends all requests with `generate.closed` and frees the caches. The model is left alone. */
  async dispose(): Promise<void> {
    await this.intake.dispose();
    this.prefix.clear();
    this.features.clear();
    this.kv.dispose();
  }

  private async reply(request: EngineRequest, stream: TokenStream): Promise<DecoderReply> {
    const { model, features } = this;
    const [prompt, wanted] = [await readPrompt(request, model), await prepareOptions(request, model.tokenizer)];
    const { method, signal } = request;
    const needed = method ? rowsOf(method) : 1;
    const options = this.resolve(wanted, prompt.ids.length);
    const parts = { tokenizer: model.tokenizer, options, promptIds: prompt.ids };
    const reply = new DecoderReply(request, needed, stream, parts, () => this.intake.kick());
    await reply.ready;
    const make = async (of: Prompt, turn?: MethodTurn): Promise<void> => {
      reply.rows.push(new EngineRow(await encodePrompt(of, { model, features, signal }), reply, turn));
    };
    if (!method || needed === 1) await make(prompt);
    else await this.startMethod(reply, method, prompt, make);
    return reply;
  }

  /** Begins the reply of a method, in rows of this engine. */
  private startMethod(reply: DecoderReply, method: NamedMethod, prompt: Prompt, make: MethodSource['make']): Promise<void> {
    const { kv, scheduler, intake, model } = this;
    const over = (): void => {
      scheduler.remove(reply);
      intake.kick();
    };
    return startMethod(reply, method, prompt, {
      capacity: kv.capacity,
      vocabSize: model.decoder.language.config.vocab_size,
      room: ({ ids }) => kv.capacity - ids.length,
      make,
      wake: () => intake.kick(),
      end: over,
      fail: (error) => {
        reply.stream.fail(error);
        over();
      },
    });
  }

  /** Errors: `generate.option`, and `generate.context` for a prompt that leaves no room for a reply. */
  private resolve(request: EngineRequest, promptTokens: number): ResolvedOptions {
    return resolveOptions(request, this.generation, { promptTokens, room: this.kv.capacity - promptTokens });
  }
}

/** Key-value memory within the budget: as long as the model's context where that fits, shorter where it does not. */
function allocate({ decoder }: EngineModel, settings: Settled): KvMemory {
  const perPosition = bytesPerPosition(decoder.program);
  const fixed = fixedCapacity(decoder.program);
  const rows = Math.ceil(settings.slots / settings.tile) * settings.tile;
  const affordable = Math.floor(settings.kvBytes / (rows * perPosition));
  const capacity = fixed ?? Math.min(decoder.capacity, affordable);
  if (capacity >= 2 && capacity <= affordable) return kvMemory(decoder.program, rows, capacity);
  throw new SensoriumError('generate.option', 'kvBytes holds too little', {
    place: 'kvBytes',
    expected: `at least ${(fixed ?? 2) * rows * perPosition} for ${settings.slots} slots`,
    got: String(settings.kvBytes),
    hint: 'Give more bytes, or fewer slots',
  });
}

function productsOf({ rowwise, quantize, language }: Decoder): Products {
  if (!quantize) return 'float';
  if (rowwise) return 'rowwise';
  return language.sparse ? 'mixture' : 'blocks';
}
