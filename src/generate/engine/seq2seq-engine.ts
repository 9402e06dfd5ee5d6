// The serving engine of encoder-decoders: many requests at once, joining and leaving between any two steps.

import { valueBytes } from '../../graph/index.js';
import { languageModel } from '../../model/index.js';
import type { ChatMessage } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import { prepareOptions } from '../constrain/compiled.js';
import { checkSwitch } from '../methods/halle.js';
import { type NamedMethod, rowsOf } from '../methods/index.js';
import type { Mllm } from '../mllm.js';
import type { Prompt, Source } from '../policy.js';
import { checkChoice } from '../processors/row.js';
import { checkSourceLength } from '../programs.js';
import { type ResolvedOptions, resolveOptions } from '../resolve.js';
import type { GenerateOptions, PromptOptions } from '../tokens.js';
import type { EngineMemory } from './engine.js';
import { Intake } from './intake.js';
import { checkMethod, type MethodTurn, startMethod } from './method-rows.js';
import { checkRequest, type EngineOptions, type Settled, settle } from './request.js';
import { type BatchCounts, Seq2SeqBatch, SourceReply, SourceRow } from './seq2seq-batch.js';
import { Seq2SeqMemory } from './seq2seq-memory.js';
import type { TokenStream } from './token-stream.js';

/** As those of `Engine`; `kvBytes` is for keys and values of sources and replies, and decides how many of them run beside one another. */
export type Seq2SeqEngineOptions = Pick<EngineOptions, 'slots' | 'kvBytes' | 'maxQueue' | 'buffer' | 'readerTimeout'>;

/** A request: a conversation, all texts of which are one source, or the ids of a source. */
export interface Seq2SeqRequest extends Omit<GenerateOptions, 'method'>, PromptOptions {
  /** As in `EngineRequest`. */
  method?: NamedMethod;
  /** As in the OpenAI chat API; with an image where the model sees. */
  messages?: readonly ChatMessage[];
  /** As in `EngineRequest`. */
  encode?(): Prompt | Promise<Prompt>;
  /** A source that is encoded already, instead of `messages`. */
  ids?: Int32Array | readonly number[];
}

export interface Seq2SeqEngineStats extends BatchCounts {
  running: number;
  queued: number;
  slots: number;
  maxQueue: number;
  finished: number;
}

/** Sources that are encoded before there is a row for them. */
const AHEAD = 2;

/**
 * Continuous batching over an encoder-decoder. What a request generates does not depend on what else runs.
 * @example for await (const { text } of engine.submit({ messages, maxTokens: 64, signal })) process.stdout.write(text);
 */
export class Seq2SeqEngine {
  private readonly intake: Intake<Seq2SeqRequest, SourceReply>;
  private encoding: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly model: Mllm,
    private readonly settings: Settled,
    private readonly memories: Seq2SeqMemory,
    private readonly batch: Seq2SeqBatch,
  ) {
    this.intake = new Intake({
      rows: batch,
      settings,
      ahead: () => AHEAD,
      prepare: (request, stream) => this.inTurn(() => this.reply(request, stream)),
    });
  }

  /** An engine over a model, which stays its owner's. Throws `model.architecture` for a decoder, `generate.option` for options out of range. */
  static async create(model: Mllm, options: Seq2SeqEngineOptions = {}): Promise<Seq2SeqEngine> {
    const settings = settle(options, 'float');
    const { slots, kvBytes } = settings;
    const { programs } = model;
    const { replies: program, network } = await programs.seq2seq();
    const memory = new Seq2SeqMemory(program, { slots, kvBytes, most: { source: programs.maxSource, reply: programs.maxReply } });
    const batch = new Seq2SeqBatch({ program, memory, slots, vocab: network.config.vocab_size });
    return new Seq2SeqEngine(model, settings, memory, batch);
  }

  /** Most tokens of a source. */
  get contextLength(): number {
    return this.memories.most.source;
  }

  /** Most tokens of a reply. */
  get replyLength(): number {
    return this.memories.most.reply;
  }

  /**
   * Takes a request; its reply streams. Throws at once: `generate.queue` when no more may wait, `text.length` for ids that are too many,
   * `generate.option` and `generate.input` for what is wrong with it, `generate.closed` after `drain` or `dispose`. What shows only later
   * (images, messages that are too long, a form that cannot be promised) is thrown by the iteration.
   */
  submit(request: Seq2SeqRequest): TokenStream {
    const { network, tokenizer } = this.model.model;
    this.intake.checkOpen(request);
    checkRequest(request, languageModel(network).config.vocab_size);
    if (request.method) checkMethod(request.method, this.settings.slots);
    if (request.halle) checkSwitch({}, request.halle);
    const { choose, endIds } = this.resolve(request);
    checkChoice(tokenizer, [this.startId], choose, endIds);
    if (request.ids) this.checkLength(request.ids.length);
    return this.intake.take(request);
  }

  /** Bytes by what they are for. */
  memory(): EngineMemory {
    let weights = 0;
    for (const value of this.model.model.values.values()) weights += valueBytes(value);
    const own = { weights, kv: this.memories.bytes, prefix: 0, features: 0, logits: this.batch.bytes };
    return {
      ...own,
      get rss() {
        return process.memoryUsage.rss();
      },
    };
  }

  stats(): Seq2SeqEngineStats {
    const { slots, maxQueue } = this.settings;
    const { waiting: queued, finished } = this.intake;
    return { running: this.batch.running.length, queued, slots, maxQueue, finished, ...this.batch.counts };
  }

  /** Takes no more requests; resolves when those it has are over. */
  drain(): Promise<void> {
    return this.intake.drain();
  }

  /** Ends all requests with `generate.closed`; resolves when nothing is computed any more. The model is left alone. */
  async dispose(): Promise<void> {
    await this.intake.dispose();
    await this.encoding;
    this.memories.dispose();
  }

  /** Reads the source and encodes it, alone: without padding, beside the steps of the others. */
  private async reply(request: Seq2SeqRequest, stream: TokenStream): Promise<SourceReply> {
    const { messages, variables, continueFinalMessage, ids = [], signal, method } = request;
    signal?.throwIfAborted();
    const { model, startId } = this;
    const asked = messages ? await model.encode(messages, { variables, continueFinalMessage, signal }) : await request.encode?.();
    const source: Source = asked?.source ?? { ids: Int32Array.from(ids), media: [] };
    this.checkLength(source.ids.length);
    const needed = method ? rowsOf(method) : 1;
    const { tokenizer } = model.model;
    const options = this.resolve(await prepareOptions(request, tokenizer));
    const reply = new SourceReply(needed, stream, { tokenizer, options, startId }, () => this.intake.kick());
    await reply.ready;
    let encoded: Promise<unknown> = Promise.resolve();
    const make = (of: Source, turn?: MethodTurn): Promise<void> => {
      const made = encoded.then(async () => {
        signal?.throwIfAborted();
        reply.rows.push(new SourceRow(await model.programs.encodeSource(of), reply, turn));
      });
      encoded = made.catch(() => {}); // its owner has the error
      return made;
    };
    if (!method || needed === 1) await make(source);
    else await this.startMethod(reply, method, source, make);
    if (!this.memories.fits(reply.rows.map((row) => row.wants))) {
      this.batch.remove(reply);
      throw tooWide();
    }
    return reply;
  }

  /** Begins the reply of a method, in rows of this engine. */
  private startMethod(
    reply: SourceReply,
    method: NamedMethod,
    source: Source,
    make: (source: Source, turn: MethodTurn) => Promise<void>,
  ): Promise<void> {
    const { batch, intake } = this;
    const prompt: Prompt = { ids: Int32Array.of(this.startId), source };
    const over = (): void => {
      batch.remove(reply);
      intake.kick();
    };
    return startMethod(reply, method, prompt, {
      capacity: this.replyLength,
      vocabSize: languageModel(this.model.model.network).config.vocab_size,
      room: () => this.replyLength,
      make: (of, turn) => make(of.source as Source, turn),
      wake: () => intake.kick(),
      end: over,
      fail: (error) => {
        reply.stream.fail(error);
        over();
      },
    });
  }

  /** The token that every reply begins behind. */
  private get startId(): number {
    return this.model.model.processor.parts.seq2seq?.startId ?? 0;
  }

  private resolve(request: Seq2SeqRequest): ResolvedOptions {
    return resolveOptions(request, this.model.model.generation, { promptTokens: 1, room: this.replyLength });
  }

  /** One source after the other: attention within a long one takes much memory. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.encoding.then(work);
    this.encoding = mine.catch(() => {}); // its owner has the error
    return mine;
  }

  private checkLength(length: number): void {
    checkSourceLength(length, this.contextLength, 'Shorten it, load the model with a larger maxSource, or give the engine more kvBytes');
  }
}

const tooWide = (): SensoriumError =>
  new SensoriumError('generate.method', 'the rows of the method never fit beside one another', {
    place: 'method',
    hint: 'Shorten the source, ask for fewer tokens, or give the engine more kvBytes',
  });
