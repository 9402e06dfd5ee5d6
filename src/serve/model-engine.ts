// The engine over one model: who may run is decided here, what runs is computed together by the continuous batches of generate/.

import {
  type AnyModel,
  Engine as BatchEngine,
  constraintFor,
  type JsonSchema,
  loadModel,
  type Piece,
  type ResponseFormat,
  Seq2SeqEngine,
  Seq2SeqLm,
} from '../generate/index.js';
import { decodeImage, type ImageSource, isRgbImage, type RgbImage } from '../media/index.js';
import { type ChatMessage, type ContentPart, mediaParts } from '../text/index.js';
import { Channel } from './channel.js';
import type { Engine, EngineAbilities, EngineBytes, EngineEvent, EngineReply, EngineRequest, EngineStats } from './engine.js';
import { type ApiError, badRequest, toApiError } from './errors.js';
import { SCHEMA_LIMITS } from './schema-limits.js';
import { type ChatPrompt, ServedModel } from './served-model.js';
import { type SlotLimits, Slots, type Ticket } from './slots.js';
import { CALL_END, callsFormat, forTemplate } from './tool-calls.js';

/** Options of an `ModelEngine`. */
export interface ModelEngineOptions extends Partial<SlotLimits> {
  /** Pixels of all images of one request together, checked before any is decoded. Default 50 million. */
  maxPixels?: number;
  /** Bytes of one image file. Default 20 MiB. */
  maxImageBytes?: number;
  /** Bytes for keys and values of what runs. Default: the whole context for every slot, up to a bound of the engine's. */
  kvBytes?: number;
  /** Replies of quantised models do not depend on what else runs; `false` is faster. Default true. */
  exact?: boolean;
  /** Threads of ONNX Runtime. */
  threads?: number;
  /** Called with each thing that is wrong with a request and does not stop it, such as a keyword of a schema that is ignored; once for each. */
  onWarning?: (text: string) => void;
}

/** What computes the replies that have a slot. */
interface Computer {
  submit(request: Parameters<BatchEngine['submit']>[0]): AsyncIterable<Piece>;
  readonly contextLength: number;
  /** Tokens of a reply that fit after a prompt of this length; less than 1 where the prompt itself does not. */
  room(promptTokens: number): number;
  memory(): EngineBytes;
  dispose(): Promise<void>;
}

/** Different warnings that are reported. */
const MOST_WARNINGS = 1000;

/** Serves a model. */
export class ModelEngine implements Engine {
  readonly abilities: EngineAbilities;
  private readonly slots: Slots;
  private readonly work = new Set<Promise<void>>();
  private readonly warned = new Set<string>();

  private constructor(
    private readonly served: ServedModel,
    private readonly computer: Computer,
    private readonly options: ModelEngineOptions & SlotLimits & { owned: boolean },
  ) {
    this.slots = new Slots({ slots: options.slots, maxQueue: options.maxQueue });
    this.abilities = {
      images: served.images,
      audio: false,
      tools: served.tools,
      schema: served.json,
      ...(served.chat ? {} : { chat: false }),
    };
  }

  /** Over a model that is loaded; it stays its owner's. */
  static async create(model: AnyModel, options: ModelEngineOptions = {}): Promise<ModelEngine> {
    return ModelEngine.over(model, options, false);
  }

  /** Loads a folder in Hugging Face layout. Errors: those of `loadModel`, and `serve.model` for one that cannot be asked. */
  static async load(dir: string, options: ModelEngineOptions = {}): Promise<ModelEngine> {
    const model = await loadModel(dir, { threads: options.threads });
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
    const shared = { slots, maxQueue: slots, kvBytes };
    const computer =
      model instanceof Seq2SeqLm
        ? ofSources(await Seq2SeqEngine.create(model, shared))
        : ofPrompts(await BatchEngine.create(model, { ...shared, exact }));
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
    const field = request.prompt === undefined ? 'messages' : 'prompt';
    if (this.served.farTooLong(request.prompt ?? messages, this.contextLength, { tools: request.tools, ...request.variables }))
      throw this.tooLong('many times that', field);
    const variables = this.variablesOf(request);
    const format = this.formatOf(request);
    this.checkBiases(request.logitBias);
    const ids = request.prompt === undefined ? undefined : this.served.promptIds(request.prompt);
    const chat: ChatPrompt = { messages, variables, continueFinalMessage: request.continueFinalMessage };
    const promptTokens = ids?.length ?? this.served.countTokens(chat);
    if (promptTokens === 0) throw badRequest('There is nothing in the prompt', field, { code: 'invalid_value' });
    if (this.computer.room(promptTokens) < 1) throw this.tooLong(String(promptTokens), field);
    const leaving = new AbortController();
    const signal = request.signal ? AbortSignal.any([request.signal, leaving.signal]) : leaving.signal;
    const ticket = this.slots.enter(signal);
    const channel = new Channel<EngineEvent>(() => leaving.abort());
    const job: Job = { request, chat, ids, format, promptTokens, signal, ticket, channel };
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

  private tooLong(got: string, field = 'messages'): ApiError {
    const expected = `${this.model instanceof Seq2SeqLm ? 'at most' : 'fewer than'} ${this.contextLength} tokens`;
    return badRequest('The prompt is too long', field, { code: 'context_length_exceeded', expected, got });
  }

  /** Generates into the channel as fast as the model goes; how fast the reader is makes no difference to the slot. Never rejects. */
  private async pump(job: Job): Promise<void> {
    const { request, chat, ids, format: responseFormat, signal, ticket, channel } = job;
    try {
      await ticket.ready;
      const messages = ids ? undefined : await this.openImages(chat.messages);
      signal.throwIfAborted();
      const { temperature = 1, seed = Math.floor(Math.random() * 2 ** 32), prompt: _, ...rest } = request;
      // How many tokens an image takes may depend on its size, which is known only now.
      if (messages && mediaParts(messages).length > 0) job.promptTokens = this.served.countTokens({ ...chat, messages });
      const room = this.computer.room(job.promptTokens);
      if (room < 1) throw this.tooLong(String(job.promptTokens));
      const maxTokens = Math.min(request.maxTokens ?? room, room);
      const stop = stopsOf(request);
      const prompt = ids ? { messages: undefined, ids } : { ...chat, messages };
      const wanted = { ...rest, ...prompt, stop, temperature, seed, maxTokens, responseFormat, signal };
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
    const auto = toolChoice === 'auto';
    if (auto && !schema) return undefined;
    const format = auto
      ? ({ type: 'json_schema', schema: schema as JsonSchema, limits: SCHEMA_LIMITS } as const)
      : { ...callsFormat(tools ?? [], toolChoice, singleCall), limits: SCHEMA_LIMITS };
    try {
      for (const { place, message } of constraintFor(this.served.tokenizer, format).warnings) this.warn(`${message} (in ${place})`);
    } catch (error) {
      const { status, message, apiCode } = toApiError(error);
      if (status >= 500) throw error;
      const hint = auto ? '' : ' With tool_choice auto, or another tool named in it, this schema is not needed.';
      throw badRequest(message + hint, auto ? 'response_format' : 'tools', { code: apiCode ?? undefined, cause: error });
    }
    return format;
  }

  /** Reports a warning once. */
  private warn(text: string): void {
    if (this.warned.has(text) || this.warned.size >= MOST_WARNINGS) return;
    this.warned.add(text);
    this.options.onWarning?.(text);
  }

  /** Biases are for tokens that there are. */
  private checkBiases(biases: EngineRequest['logitBias'] = {}): void {
    const { vocabSize } = this.served.tokenizer;
    const wrong = Object.keys(biases).find((id) => Number(id) >= vocabSize);
    if (wrong !== undefined)
      throw badRequest('There is no such token', `logit_bias.${wrong}`, { code: 'invalid_value', expected: `0 to ${vocabSize - 1}` });
  }

  /** What the chat template gets beside the messages. It writes them as they are: they must not spell the model's special tokens. */
  private variablesOf({ tools = [], variables = {} }: EngineRequest): ChatPrompt['variables'] {
    if (tools.length > 0 && !this.abilities.tools)
      throw badRequest('This model does not take tools: its chat template does not render them', 'tools', {
        code: 'unsupported_parameter',
      });
    const reserved = Object.keys(variables).find((name) => RESERVED.has(name) || /_token$/.test(name));
    if (reserved !== undefined)
      throw badRequest(`'${reserved}' is set by the request itself`, `chat_template_kwargs.${reserved}`, { code: 'invalid_value' });
    for (const [field, value] of [
      ['tools', tools],
      ['chat_template_kwargs', variables],
    ] as const) {
      const text = JSON.stringify(value);
      for (const token of this.served.tokenizer.specialTokens.keys())
        if (text.includes(token))
          throw badRequest(`'${field}' may not contain the special token ${token}`, field, { code: 'invalid_value' });
    }
    if (tools.length === 0) return Object.keys(variables).length > 0 ? variables : undefined;
    return { ...variables, tools };
  }
}

/** Variables of chat templates that are no one's to set. */
const RESERVED = new Set(['messages', 'tools', 'add_generation_prompt', 'continue_final_message', 'chat_template', 'tokenize']);

interface Job {
  request: EngineRequest;
  chat: ChatPrompt;
  /** Of a prompt that is to be continued. */
  ids: readonly number[] | undefined;
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
    dispose: () => engine.dispose(),
  };
}
