// The engine over one model: who may run is decided here, what runs is computed together by the continuous batches of generate/.

import {
  type AnyModel,
  Engine as BatchEngine,
  type ChatOptions,
  constraintFor,
  loadModel,
  type Piece,
  type ResponseFormat,
  Seq2SeqEngine,
  Seq2SeqLm,
} from '../generate/index.js';
import { decodeImage, type ImageSource, isRgbImage, type RgbImage } from '../media/index.js';
import { type ChatMessage, type ContentPart, mediaParts } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { Channel } from './channel.js';
import type {
  Engine,
  EngineAbilities,
  EngineBytes,
  EngineEvent,
  EngineReply,
  EngineRequest,
  EngineStats,
  ToolDefinition,
} from './engine.js';
import { badRequest, contextExceeded, toApiError } from './errors.js';
import { checkOptional, SCHEMA_LIMITS } from './schema-limits.js';
import { ServedModel } from './served-model.js';
import { type SlotLimits, Slots, type Ticket } from './slots.js';
import { CALL_END, callsFormat, forTemplate } from './tool-calls.js';

/** Options of a `ModelEngine`. */
export interface ModelEngineOptions extends Partial<SlotLimits> {
  /** Pixels of all images of one request together, checked before any is decoded. Default 50 million. */
  maxPixels?: number;
  /** Bytes of one image file. Default 20 MiB. */
  maxImageBytes?: number;
  /** Bytes for keys and values of what runs. Default: the whole context for every slot, up to a bound of the engine's. */
  kvBytes?: number;
  /**
   * Tokens of prompt and reply together, of an encoder-decoder those of the prompt. Default: all that the model has positions for and
   * `kvBytes` holds, of an encoder-decoder 2048.
   */
  context?: number;
  /** Replies of quantised models do not depend on what else runs; `false` is faster. Default true. */
  exact?: boolean;
  /** Threads of ONNX Runtime. */
  threads?: number;
}

/** What computes the replies that have a slot. */
interface Computer {
  submit(request: ChatOptions & { cacheSalt?: string }): AsyncIterable<Piece>;
  readonly contextLength: number;
  /** Tokens of a reply that fit after a prompt of this length; less than 1 where the prompt itself does not. */
  room(promptTokens: number): number;
  memory(): EngineBytes;
  cacheHits(): { prefix: number; features: number } | undefined;
  dispose(): Promise<void>;
}

/** Serves a model. */
export class ModelEngine implements Engine {
  readonly abilities: EngineAbilities;
  onStart?: (waitedMs: number) => void;
  private readonly slots: Slots;
  /** Tokens of conversations, which several choices share, with the variables that they were counted with. */
  private readonly counts = new WeakMap<readonly ChatMessage[], { variables: string | undefined; tokens: number }>();
  private readonly work = new Set<Promise<void>>();

  private constructor(
    private readonly served: ServedModel,
    private readonly computer: Computer,
    private readonly options: ModelEngineOptions & SlotLimits & { owned: boolean },
  ) {
    this.slots = new Slots({ slots: options.slots, maxQueue: options.maxQueue }, (waitedMs) => this.onStart?.(waitedMs));
    this.abilities = { images: served.images, audio: false, tools: served.tools, schema: served.json };
  }

  /** Over a model that is loaded; it stays its owner's. */
  static async create(model: AnyModel, options: ModelEngineOptions = {}): Promise<ModelEngine> {
    return ModelEngine.over(model, options, false);
  }

  /** Loads a folder in Hugging Face layout. Errors: those of `loadModel`, and `serve.model` for one that cannot be asked. */
  static async load(dir: string, options: ModelEngineOptions = {}): Promise<ModelEngine> {
    const { threads, context } = options;
    const model = await loadModel(dir, { threads, capacity: context ?? 'model', maxSource: context });
    try {
      return await ModelEngine.over(model, options, true);
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  private static async over(model: AnyModel, options: ModelEngineOptions, owned: boolean): Promise<ModelEngine> {
    const { slots = 8, maxQueue = 64, kvBytes, exact } = options;
    const served = new ServedModel(model);
    const { maxPositions = Number.POSITIVE_INFINITY } = served;
    if (options.context !== undefined && options.context > maxPositions)
      throw tooLongContext(options.context, `at most ${maxPositions} tokens, the model's own`);
    const shared = { slots, maxQueue: slots, kvBytes };
    const computer =
      model instanceof Seq2SeqLm
        ? ofSources(await Seq2SeqEngine.create(model, shared))
        : ofPrompts(await BatchEngine.create(model, { ...shared, exact }));
    if (options.context !== undefined && computer.contextLength < options.context) {
      const { contextLength } = computer;
      const kvBytes = Math.ceil((computer.memory().kv / contextLength) * options.context);
      await computer.dispose();
      throw tooLongContext(options.context, `at most ${contextLength} tokens, or kvBytes of at least ${kvBytes}`);
    }
    return new ModelEngine(served, computer, { ...options, slots, maxQueue, owned });
  }

  get model(): AnyModel {
    return this.served.model;
  }

  get contextLength(): number {
    return this.computer.contextLength;
  }

  submit(request: EngineRequest): EngineReply {
    const messages = asModelKnows(request.messages);
    const variables = request.tools?.length ? { tools: this.checkTools(request.tools) } : undefined;
    const format = this.formatOf(request);
    this.checkBiases(request.logitBias);
    const promptTokens = this.measure(request, messages, variables);
    if (promptTokens === 0) throw badRequest('There is nothing in the prompt', 'messages', { code: 'invalid_value' });
    if (this.computer.room(promptTokens) < 1) throw contextExceeded(this.contextLength, promptTokens);
    const leaving = new AbortController();
    const signal = request.signal ? AbortSignal.any([request.signal, leaving.signal]) : leaving.signal;
    const ticket = this.slots.enter(signal);
    const channel = new Channel<EngineEvent>(() => leaving.abort());
    const job: Job = { request, messages, variables, format, promptTokens, signal, ticket, channel };
    const run = this.pump(job);
    this.work.add(run);
    void run.finally(() => this.work.delete(run));
    const iterate = (): AsyncIterator<EngineEvent> => channel[Symbol.asyncIterator]();
    return {
      get promptTokens() {
        return job.promptTokens;
      },
      [Symbol.asyncIterator]: iterate,
    };
  }

  stats(): EngineStats {
    return { running: this.slots.running, queued: this.slots.queued, ...this.slots.limits };
  }

  memory(): EngineBytes {
    return this.computer.memory();
  }

  async dispose(): Promise<void> {
    await this.computer.dispose();
    await Promise.all(this.work);
    if (this.options.owned) await this.model.dispose();
  }

  cacheHits(): { prefix: number; features: number } | undefined {
    return this.computer.cacheHits();
  }

  /** Tokens of the prompt of a request. Prompts that are far too long are refused without being tokenized. */
  private measure(request: EngineRequest, messages: readonly ChatMessage[], given: Job['variables']): number {
    const variables = given && JSON.stringify(given);
    const known = this.counts.get(request.messages);
    if (known && known.variables === variables) return known.tokens;
    const exceeded = this.served.exceeds(messages, this.contextLength, request.tools);
    if (exceeded !== undefined) throw contextExceeded(this.contextLength, exceeded, { atLeast: true });
    const tokens = this.count(messages, given);
    this.counts.set(request.messages, { variables, tokens });
    return tokens;
  }

  /** Tokens of a prompt. Throws for messages that the model cannot take. */
  private count(messages: readonly ChatMessage[], variables: Job['variables']): number {
    try {
      return this.served.countTokens(messages, variables);
    } catch (error) {
      const tokens = error instanceof SensoriumError && error.code === 'text.length' ? /^\d+/.exec(error.got ?? '')?.[0] : undefined;
      if (tokens === undefined) throw error;
      throw contextExceeded(this.contextLength, Number(tokens), { cause: error });
    }
  }

  /** Generates into the channel as fast as the model goes; how fast the reader is makes no difference to the slot. Never rejects. */
  private async pump(job: Job): Promise<void> {
    const { request, variables, format: responseFormat, signal, ticket, channel } = job;
    try {
      await ticket.ready;
      const messages = await this.openImages(job.messages);
      signal.throwIfAborted();
      const { temperature = 1, seed = Math.floor(Math.random() * 2 ** 32), ...rest } = request;
      // How many tokens an image takes may depend on its size, which is known only now.
      if (mediaParts(messages).length > 0) job.promptTokens = this.count(messages, variables);
      const room = this.computer.room(job.promptTokens);
      if (room < 1) throw contextExceeded(this.contextLength, job.promptTokens);
      const maxTokens = Math.min(request.maxTokens ?? room, room);
      const stop = stopsOf(request);
      const wanted = { ...rest, stop, messages, variables, temperature, seed, maxTokens, responseFormat, signal };
      for await (const piece of this.computer.submit(wanted)) channel.push(this.event(piece));
      channel.end();
    } catch (error) {
      channel.fail(error);
    } finally {
      ticket.release();
    }
  }

  private event({ text, token, finish }: Piece): EngineEvent {
    const event: EngineEvent = { text };
    if (token) event.token = { ...this.served.choice(token), top: (token.top ?? []).map((c) => this.served.choice(c)) };
    if (finish) event.finish = finish;
    return event;
  }

  /** Decodes the images and frames of a conversation, one after the other, within one budget of pixels. */
  private async openImages(messages: readonly ChatMessage[]): Promise<ChatMessage[]> {
    let left = this.options.maxPixels ?? 50e6;
    const out: ChatMessage[] = [];
    for (const [m, message] of messages.entries()) {
      if (!Array.isArray(message.content)) {
        out.push(message);
        continue;
      }
      const content: ContentPart[] = [];
      for (const [p, part] of (message.content as ContentPart[]).entries()) {
        const open = async (source: ImageSource | RgbImage): Promise<RgbImage> => {
          const limits = { maxPixels: Math.max(0, left), maxBytes: this.options.maxImageBytes };
          const image = isRgbImage(source) ? source : await decodeImage(source, limits).catch((e: unknown) => aboutPart(e, m, p));
          left -= image.width * image.height;
          return image;
        };
        if (part.type === 'image') content.push({ type: 'image', source: await open(part.source as ImageSource | RgbImage) });
        else if (part.type === 'video' && Array.isArray(part.frames)) {
          const frames: RgbImage[] = [];
          for (const frame of part.frames as (ImageSource | RgbImage)[]) frames.push(await open(frame));
          content.push({ ...part, frames });
        } else content.push(part);
      }
      out.push({ ...message, content });
    }
    return out;
  }

  /** The form that the reply must have. Throws `ApiError` 400 for a schema that cannot be promised, with the field that holds it. */
  private formatOf({ tools, toolChoice = 'auto', singleCall = false, schema }: EngineRequest): ResponseFormat | undefined {
    if (toolChoice === 'auto') {
      if (!schema) return undefined;
      checkOptional(schema);
      return { type: 'json_schema', schema, limits: SCHEMA_LIMITS };
    }
    const format = { ...callsFormat(tools ?? [], toolChoice, singleCall), limits: SCHEMA_LIMITS };
    try {
      for (const tool of format.tools) checkOptional(tool.schema);
      constraintFor(this.served.tokenizer, format);
    } catch (error) {
      const { status, message, apiCode } = toApiError(error);
      throw status < 500 ? badRequest(message, 'tools', { code: apiCode ?? undefined, cause: error }) : error;
    }
    return format;
  }

  /** Biases are for tokens that there are. */
  private checkBiases(biases: EngineRequest['logitBias'] = {}): void {
    const { vocabSize } = this.served.tokenizer;
    const wrong = Object.keys(biases).find((id) => Number(id) >= vocabSize);
    if (wrong !== undefined)
      throw badRequest('There is no such token', `logit_bias.${wrong}`, { code: 'invalid_value', expected: `0 to ${vocabSize - 1}` });
  }

  /** Definitions of tools are written by the template as they are: they must not spell the model's special tokens. */
  private checkTools(tools: readonly ToolDefinition[]): readonly ToolDefinition[] {
    if (!this.abilities.tools)
      throw badRequest('This model does not take tools: its chat template does not render them', 'tools', {
        code: 'unsupported_parameter',
      });
    const text = JSON.stringify(tools);
    for (const token of this.served.tokenizer.specialTokens.keys())
      if (text.includes(token)) throw badRequest(`A tool may not contain the special token ${token}`, 'tools', { code: 'invalid_value' });
    return tools;
  }
}

function tooLongContext(context: number, expected: string): SensoriumError {
  return new SensoriumError('generate.option', 'the context does not fit', {
    place: 'context',
    expected,
    got: String(context),
    hint: 'Give a shorter context, fewer slots, or more bytes for keys and values',
  });
}

interface Job {
  request: EngineRequest;
  messages: readonly ChatMessage[];
  variables: Readonly<Record<string, unknown>> | undefined;
  format: ResponseFormat | undefined;
  promptTokens: number;
  signal: AbortSignal;
  ticket: Ticket;
  channel: Channel<EngineEvent>;
}

/** `developer` is the newer name of `system`, which templates know; earlier calls of tools are given to templates as objects. */
function asModelKnows(messages: readonly ChatMessage[]): ChatMessage[] {
  return messages.map((message) => forTemplate(message.role === 'developer' ? { ...message, role: 'system' } : message));
}

/** Throws the error with the part that it is about as its field. */
function aboutPart(error: unknown, message: number, part: number): never {
  const { status, message: text, apiCode } = toApiError(error);
  if (status >= 500) throw error;
  throw badRequest(text, `messages[${message}].content[${part}]`, { code: apiCode ?? undefined, cause: error });
}

/** Stop strings are for text and do not cut calls that are forced; a single call among text ends the reply. */
function stopsOf({ stop, tools, toolChoice = 'auto', singleCall = false }: EngineRequest): readonly string[] | undefined {
  if (toolChoice !== 'auto') return undefined;
  return tools && singleCall ? [...(stop ?? []), CALL_END] : stop;
}

/** Continuous batches over a decoder. */
function ofPrompts(engine: BatchEngine): Computer {
  const { contextLength } = engine;
  return {
    contextLength,
    submit: (request) => engine.submit(request),
    room: (promptTokens) => contextLength - promptTokens,
    memory: () => engine.memory(),
    cacheHits: () => {
      const { prefix, features } = engine.stats();
      return { prefix: prefix.hitTokens, features: features.hits };
    },
    dispose: () => engine.dispose(),
  };
}

/** Continuous batches over an encoder-decoder: how long a reply may be does not depend on its source. */
function ofSources(engine: Seq2SeqEngine): Computer {
  const { contextLength, replyLength } = engine;
  return {
    contextLength,
    submit: (request) => engine.submit(request),
    room: (promptTokens) => (promptTokens <= contextLength ? replyLength : 0),
    memory: () => engine.memory(),
    cacheHits: () => undefined,
    dispose: () => engine.dispose(),
  };
}
