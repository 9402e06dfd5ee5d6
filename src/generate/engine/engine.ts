// The serving engine: many requests at once on one compiled program, joining and leaving between any two steps.

import { SensoriumError } from '../../util/errors.js';
import type { CausalLm } from '../causal-lm.js';
import type { Mllm } from '../mllm.js';
import { RowChooser } from '../processors/row.js';
import { FeatureCache, type FeatureStats } from './feature-cache.js';
import { KvSlots } from './kv-slots.js';
import { type EngineModel, type EnginePrompt, engineModel, preparePrompt } from './model.js';
import { PrefixCache, type PrefixStats } from './prefix-cache.js';
import { checkRequest, type EngineOptions, type EngineRequest, type Settled, settle } from './request.js';
import { Scheduler, type StepCounts } from './scheduler.js';
import { Sequence } from './sequence.js';
import { Stepper } from './stepper.js';
import { TokenStream } from './token-stream.js';

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

/** A request that is not over. */
interface Ticket {
  readonly request: EngineRequest;
  readonly stream: TokenStream;
  /** Its prompt is being encoded, or is. */
  started: boolean;
  sequence?: Sequence;
}

/** Requests whose prompt is encoded before there is a row for them: pixels and features of the others are not in memory. */
const AHEAD = 2;

/**
 * Continuous batching over a model. What a request generates does not depend on what else runs.
 * @example for await (const { text } of engine.submit({ messages, maxTokens: 64, signal })) process.stdout.write(text);
 */
export class Engine {
  private readonly tickets = new Set<Ticket>();
  private queue: Ticket[] = [];
  private count = 0;
  private finished = 0;
  private closed = false;
  private running = false;
  private kicked = false;
  private idle: (() => void)[] = [];
  private readonly endTokens: readonly number[];

  private constructor(
    private readonly model: EngineModel,
    private readonly settings: Settled,
    private readonly kv: KvSlots,
    private readonly stepper: Stepper,
    private readonly prefix: PrefixCache,
    private readonly features: FeatureCache,
    private readonly scheduler: Scheduler,
  ) {
    const end = model.tokenizer?.specialIds.eos;
    this.endTokens = model.endTokens ?? (end === undefined ? [] : [end]);
  }

  /** An engine over a model, which stays its owner's. Throws `generate.option` for options out of range or a `kvBytes` that holds nothing. */
  static async create(model: Mllm | CausalLm | EngineModel, options: EngineOptions = {}): Promise<Engine> {
    const parts = await engineModel(model);
    const { decoder } = parts;
    const settings = settle(options, decoder.rowwise ? 'rowwise' : decoder.quantize ? 'blocks' : 'float');
    const kv = allocate(parts, settings);
    const stepper = new Stepper(decoder, kv, settings);
    const prefix = new PrefixCache(kv, { bytes: settings.prefixBytes, block: settings.prefixBlock });
    const features = new FeatureCache(async (images) => {
      if (!parts.encodeImages) throw new SensoriumError('generate.input', 'this model takes no images');
      return parts.encodeImages(images);
    }, settings.featureBytes);
    const scheduler: Scheduler = new Scheduler({
      kv,
      stepper,
      prefix,
      settings,
      width: decoder.language.width,
      onFailure: (sequence, error) => {
        scheduler.remove(sequence);
        sequence.stream.fail(error);
      },
    });
    return new Engine(parts, settings, kv, stepper, prefix, features, scheduler);
  }

  /** Tokens of prompt and reply together. */
  get contextLength(): number {
    return this.kv.capacity;
  }

  /**
   * Takes a request; its reply streams. Throws at once: `generate.queue` when no more may wait, `generate.context` for ids that can
   * never fit, `generate.option` and `generate.input` for what is wrong with it, `generate.closed` after `drain` or `dispose`. What
   * shows only later (images, a prompt of messages that is too long) is thrown by the iteration.
   */
  submit(request: EngineRequest): TokenStream {
    if (this.closed) throw closedError();
    request.signal?.throwIfAborted();
    checkRequest(request, this.model.decoder.language.config.vocab_size);
    RowChooser.create(this.model.tokenizer, request.ids ?? [], request, this.endTokens); // throws for options out of range
    if (request.ids) this.room(request.ids.length);
    const { maxQueue, slots, buffer, readerTimeout } = this.settings;
    if (this.waiting >= maxQueue + this.scheduler.freeRows)
      throw new SensoriumError('generate.queue', 'the queue is full', {
        expected: `at most ${maxQueue} waiting requests beside ${slots} running`,
        hint: 'Try again later, or raise maxQueue',
      });
    const abort = (): void => this.cancel(ticket, request.signal?.reason);
    const stream: TokenStream = new TokenStream(
      ++this.count,
      { buffer, timeout: readerTimeout },
      {
        onRoom: () => this.kick(),
        onLeave: () => this.cancel(ticket),
        onTimeout: () => this.cancel(ticket, slowReader(readerTimeout)),
        onEnd: () => {
          request.signal?.removeEventListener('abort', abort);
          this.tickets.delete(ticket);
          this.finished++;
        },
      },
    );
    const ticket: Ticket = { request, stream, started: false };
    this.tickets.add(ticket);
    request.signal?.addEventListener('abort', abort, { once: true });
    this.queue.push(ticket);
    this.kick();
    return stream;
  }

  /** Bytes by what they are for. */
  memory(): EngineMemory {
    return {
      weights: this.model.weightBytes ?? this.model.decoder.weightBytes,
      kv: this.kv.bytes,
      prefix: this.prefix.stats.bytes,
      features: this.features.stats.bytes,
      logits: this.stepper.bytes,
      rss: process.memoryUsage.rss(),
    };
  }

  stats(): EngineStats {
    const { slots, maxQueue } = this.settings;
    return {
      running: this.scheduler.running.length,
      queued: this.waiting,
      slots,
      maxQueue,
      finished: this.finished,
      ...this.scheduler.counts,
      prefix: this.prefix.stats,
      features: this.features.stats,
    };
  }

  /** Takes no more requests; resolves when those it has are over. */
  async drain(): Promise<void> {
    this.closed = true;
    while (this.tickets.size > 0 || this.running) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  /** Ends all requests with `generate.closed` and frees the caches. The model is left alone. */
  async dispose(): Promise<void> {
    this.closed = true;
    for (const ticket of [...this.tickets]) this.cancel(ticket, closedError());
    await this.drain();
    this.prefix.clear();
    this.features.clear();
  }

  /** Requests that have no row yet. */
  private get waiting(): number {
    return this.queue.length;
  }

  /** Encodes a request's prompt; it keeps its place in the queue meanwhile. Never rejects. */
  private async prepare(ticket: Ticket): Promise<void> {
    ticket.started = true;
    try {
      const { request } = ticket;
      const prompt = await preparePrompt(request, this.model, this.features);
      if (!this.tickets.has(ticket)) return;
      ticket.sequence = this.sequence(request, prompt, ticket.stream);
    } catch (error) {
      this.cancel(ticket, error);
    }
    this.kick();
  }

  private sequence(request: EngineRequest, prompt: EnginePrompt, stream: TokenStream): Sequence {
    const limit = Math.min(request.maxTokens ?? 128, this.room(prompt.ids.length));
    return new Sequence(request, prompt, stream, { tokenizer: this.model.tokenizer, endTokens: this.endTokens, limit });
  }

  /** Tokens that can follow a prompt. */
  private room(promptTokens: number): number {
    const room = this.kv.capacity - promptTokens;
    if (room >= 1) return room;
    throw new SensoriumError('generate.context', 'the prompt fills the context', {
      expected: `fewer than ${this.kv.capacity} tokens`,
      got: String(promptTokens),
      hint: 'Send fewer messages or images, or give the engine more kvBytes',
    });
  }

  private cancel(ticket: Ticket, error?: unknown): void {
    if (!this.tickets.has(ticket)) return;
    this.queue = this.queue.filter((t) => t !== ticket);
    if (ticket.sequence) this.scheduler.remove(ticket.sequence);
    if (error === undefined) ticket.stream.end();
    else ticket.stream.fail(error);
    this.kick();
  }

  private kick(): void {
    this.kicked = true;
    if (!this.running) void this.run();
  }

  /** Steps until nothing can be done. Never rejects. */
  private async run(): Promise<void> {
    this.running = true;
    try {
      for (;;) {
        this.kicked = false;
        this.admit();
        if (!(await this.scheduler.step()) && !this.kicked) break;
      }
    } catch (error) {
      for (const ticket of [...this.tickets]) this.cancel(ticket, error);
    } finally {
      this.running = false;
    }
    for (const resolve of this.idle.splice(0)) resolve();
  }

  /** Requests whose prompt is ready take free rows in the order in which they came; the next ones are made ready. */
  private admit(): void {
    for (const ticket of [...this.queue]) {
      if (this.scheduler.freeRows === 0) break;
      if (!ticket.sequence) continue;
      this.queue = this.queue.filter((t) => t !== ticket);
      this.scheduler.add(ticket.sequence);
    }
    for (const ticket of this.queue.slice(0, this.scheduler.freeRows + AHEAD)) if (!ticket.started) void this.prepare(ticket);
  }
}

/** Key-value memory within the budget: as long as the model's context where that fits, shorter where it does not. */
function allocate({ decoder }: EngineModel, settings: Settled): KvSlots {
  const perPosition = KvSlots.bytesPerPosition(decoder.program);
  const fixed = KvSlots.fixedCapacity(decoder.program);
  const rows = Math.ceil(settings.slots / settings.tile) * settings.tile;
  const affordable = Math.floor(settings.kvBytes / (rows * perPosition));
  const capacity = fixed ?? Math.min(decoder.capacity, affordable);
  if (capacity >= 2 && capacity <= affordable) return new KvSlots(decoder.program, rows, capacity);
  throw new SensoriumError('generate.option', 'kvBytes holds too little', {
    place: 'kvBytes',
    expected: `at least ${(fixed ?? 2) * rows * perPosition} for ${settings.slots} slots`,
    got: String(settings.kvBytes),
    hint: 'Give more bytes, or fewer slots',
  });
}

const closedError = (): SensoriumError => new SensoriumError('generate.closed', 'the engine takes no more requests');

const slowReader = (milliseconds: number): SensoriumError =>
  new SensoriumError('generate.reader', 'the reply was not read', { expected: `an event taken within ${milliseconds} ms` });
