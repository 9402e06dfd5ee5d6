// The engine over one model: who may run is decided here, what runs is computed together by the continuous batches of generate/.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { Mllm, type Piece, type ResponseFormat } from '../generate/index.js';
import type { EncodedSequence } from '../model/index.js';
import { type ChatMessage, type Exceeded, mediaParts, shareText, type WrittenPrompt } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { isSame, snapshot } from '../util/snapshot.js';
import type { AdapterChoice } from './adapters.js';
import type { Backend } from './backend.js';
import { Backends } from './backends.js';
import { Channel } from './channel.js';
import { type ImageBounds, type OpenedMessages, RequestImages } from './decode-images.js';
import type {
  Engine,
  EngineAbilities,
  EngineBytes,
  EngineEvent,
  EngineReply,
  EngineRequest,
  EngineStats,
  EngineText,
  EngineTokenizer,
} from './engine.js';
import { aboutPrompt, badRequest, contextExceeded } from './errors.js';
import { replyFormat } from './reply-format.js';
import { ReplyProducts } from './reply-products.js';
import { type ChatPrompt, ServedModel } from './served-model.js';
import { type SlotLimits, Slots, type Ticket } from './slots.js';
import { stopsOf } from './stops.js';
import { asModelKnows } from './template-messages.js';
import { Turns } from './turns.js';

/** Options of a `ModelEngine`. */
export interface ModelEngineOptions extends Partial<SlotLimits>, ImageBounds {
  /** Bytes for keys and values of what runs. Default: the whole context for every slot, up to a bound of the engine's. */
  kvBytes?: number;
  /** Bytes for prompts and features of images that were seen before, of all adapters together. Default 320 MiB. */
  cacheBytes?: number;
  /**
   * Tokens of prompt and reply together, of an encoder-decoder those of the prompt. Default: all that the model has positions for and
   * `kvBytes` holds, of an encoder-decoder 2048.
   */
  context?: number;
  /** Replies of quantized models do not depend on what else runs; `false` is faster. Default true. */
  exact?: boolean;
  /** Threads of ONNX Runtime. */
  threads?: number;
  /** Ends loading. */
  signal?: AbortSignal;
  /**
   * Adapters that requests can choose, over one copy of the weights. `slots` bounds what runs over all of them, and each has an equal
   * share of `kvBytes` and of what is kept of prompts and images.
   */
  adapters?: readonly AdapterChoice[];
  /** Called with each thing that is wrong with a request and does not stop it, such as a keyword of a schema that is ignored; once for each. */
  onWarning?: (text: string) => void;
}

/** Different warnings that are reported. */
const MOST_WARNINGS = 1000;

/** Serves a model. */
export class ModelEngine implements Engine {
  readonly abilities: EngineAbilities;
  readonly tokenizer: EngineTokenizer = { encode: (text) => this.idsOf(text), decode: (ids) => this.served.textOf(ids) };
  onStart?: (waitedMs: number) => void;
  private readonly slots: Slots;
  /** Conversations as they were written, for the choices that share them. */
  private readonly known = new WeakMap<readonly ChatMessage[], { chat: ChatPrompt; ids: Int32Array; written: WrittenPrompt | undefined }>();
  private readonly work = new Set<Promise<void>>();
  private readonly images: RequestImages;
  private readonly warned = new Set<string>();
  private readonly scoring = new Turns(1);
  private readonly products: ReplyProducts;

  private constructor(
    private readonly served: ServedModel,
    private readonly backends: Backends,
    private readonly options: ModelEngineOptions & SlotLimits & { owned: boolean },
  ) {
    this.images = new RequestImages(options);
    this.products = new ReplyProducts(served.model, this.images, this.scoring);
    this.slots = new Slots({ slots: options.slots, maxQueue: options.maxQueue }, (waitedMs) => this.onStart?.(waitedMs));
    this.abilities = {
      images: served.images,
      videos: served.videos,
      audio: served.sounds,
      tools: served.tools,
      schema: served.json,
      ...(served.regions ? { regions: true } : {}),
      ...(served.model.drawsMasks ? { masks: true } : {}),
      ...(served.model.images ? { draws: true } : {}),
      ...(served.thinks ? { thinking: true } : {}),
      ...(served.chat ? {} : { chat: false }),
    };
  }

  /** Over a model that is loaded; it stays its owner's. */
  static async create(model: Mllm, options: ModelEngineOptions = {}): Promise<ModelEngine> {
    return ModelEngine.over(model, options, false);
  }

  /** Loads a folder in Hugging Face layout. Errors: those of `Mllm.load`, and `serve.model` for one that cannot be asked. */
  static async load(dir: string, options: ModelEngineOptions = {}): Promise<ModelEngine> {
    const { threads, context, signal } = options;
    const model = await Mllm.load(dir, { threads, signal, capacity: context ?? 'model', maxSource: context });
    try {
      return await ModelEngine.over(model, options, true);
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  private static async over(model: Mllm, options: ModelEngineOptions, owned: boolean): Promise<ModelEngine> {
    const { slots = 8, maxQueue = 64 } = options;
    const served = new ServedModel(model);
    shareText(served.tokenizer, model.model.template);
    const { maxPositions = Number.POSITIVE_INFINITY } = served;
    if (options.context !== undefined && options.context > maxPositions)
      throw tooLongContext(options.context, `at most ${maxPositions} tokens, the model's own`);
    const backends = await Backends.create(model, { ...options, slots });
    const { contextLength } = backends;
    if (options.context !== undefined && contextLength < options.context) {
      const kvBytes = Math.ceil((backends.memory().kv / contextLength) * options.context);
      await backends.dispose();
      throw tooLongContext(options.context, `at most ${contextLength} tokens, or kvBytes of at least ${kvBytes}`);
    }
    return new ModelEngine(served, backends, { ...options, slots, maxQueue, owned });
  }

  get model(): Mllm {
    return this.served.model;
  }

  get adapters(): readonly string[] {
    return this.backends.names;
  }

  get contextLength(): number {
    return this.backends.contextLength;
  }

  async submit(request: EngineRequest): Promise<EngineReply> {
    const backend = this.backends.get(request.adapter);
    const variables = this.variablesOf(request);
    this.checkBiases(request.logitBias);
    this.products.check(request);
    if (!this.abilities.schema && (request.schema || request.pattern !== undefined))
      throw badRequest('The replies of this model cannot be given a form: it cannot write JSON', request.formField ?? 'response_format', {
        code: 'unsupported_parameter',
      });
    const form = await replyFormat(this.served.tokenizer, request);
    for (const warning of form?.warnings ?? []) this.warn(warning);
    const isChat = request.prompt === undefined;
    if (request.promptLogProbs !== undefined && !backend.promptChoices)
      throw badRequest('This model does not tell log-probabilities of prompts', 'echo', { code: 'unsupported_parameter' });
    const messages = asModelKnows(request.messages);
    const chat: ChatPrompt = { messages, variables, continueFinalMessage: request.continueFinalMessage };
    const ids = isChat ? await this.chatIds(request, chat) : await this.promptIds(request);
    const field = isChat ? 'messages' : 'prompt';
    if (ids.length === 0) throw badRequest('There is nothing in the prompt', field, { code: 'invalid_value' });
    if (backend.room(ids.length) < 1) throw contextExceeded(this.contextLength, ids.length, { field });
    const leaving = new AbortController();
    const signal = request.signal ? AbortSignal.any([request.signal, leaving.signal]) : leaving.signal;
    const ticket = this.slots.enter(signal, request.owner ?? request.cacheSalt);
    const channel = new Channel<EngineEvent>(() => leaving.abort());
    // What its images take is known when they are read.
    const known = isChat && mediaParts(messages).length > 0 ? undefined : ids;
    const job: Job = { backend, request, chat, ids: known, format: form?.format, promptTokens: ids.length, signal, ticket, channel };
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
    return this.backends.memory();
  }

  async dispose(): Promise<void> {
    await this.backends.dispose();
    await Promise.all(this.work);
    if (this.options.owned) await this.model.dispose();
  }

  cacheHits(): { prefix: number; features: number } | undefined {
    return this.backends.cacheHits();
  }

  private async idsOf(text: EngineText): Promise<readonly number[]> {
    if (text.prompt !== undefined) return this.promptIds(text);
    const messages = asModelKnows(text.messages);
    const { continueFinalMessage } = text;
    return [...(await this.chatIds(text, { messages, variables: this.variablesOf(text), continueFinalMessage }))];
  }

  /** Ids of a prompt that is to be continued. */
  private async promptIds({ prompt = '', bare, signal }: Pick<EngineText, 'prompt' | 'bare' | 'signal'>): Promise<readonly number[]> {
    const ids = await this.served.promptIds(prompt, { limit: this.contextLength, bare, signal }).catch((error: unknown) => {
      throw signal?.aborted ? error : aboutPrompt(error);
    });
    return 'exceeded' in ids ? this.tooLong(ids, 'prompt') : ids;
  }

  /** Ids of the conversation of a request, each image as if it were one token where that depends on its size. */
  private async chatIds(request: Pick<EngineRequest, 'messages' | 'signal'>, chat: ChatPrompt): Promise<Int32Array> {
    const known = this.known.get(request.messages);
    // Who owns the messages may have changed them since.
    if (known && isSame(known.chat, chat)) {
      chat.written = known.written;
      return known.ids;
    }
    const before = snapshot(chat);
    if (chat.variables) await nextTurn(); // tools are thousands of values, which are copied now and sent to a worker next
    try {
      const written = await this.served.write(chat, { limit: this.contextLength, signal: request.signal });
      if (written && 'exceeded' in written) return this.tooLong(written, 'messages');
      chat.written = written;
      const ids = this.served.chatIds(chat);
      this.known.set(request.messages, { chat: before, ids, written });
      return ids;
    } catch (error) {
      throw this.inApiWords(error);
    }
  }

  private tooLong({ exceeded }: Exceeded, field: 'messages' | 'prompt'): never {
    throw contextExceeded(this.contextLength, exceeded, { atLeast: true, field });
  }

  /** The conversation with its images in it. */
  private async encode({ variables, continueFinalMessage, written }: ChatPrompt, messages: readonly ChatMessage[], signal: AbortSignal) {
    try {
      return await this.model.encode(messages, { variables, continueFinalMessage, written, signal });
    } catch (error) {
      throw this.inApiWords(error);
    }
  }

  /** A prompt that is longer than the model's own bound in the words of the API. */
  private inApiWords(error: unknown): unknown {
    const tokens = error instanceof SensoriumError && error.code === 'text.length' ? /^\d+/.exec(error.got ?? '')?.[0] : undefined;
    return tokens === undefined ? error : contextExceeded(this.contextLength, Number(tokens), { cause: error });
  }

  /** Generates into the channel as fast as the model goes; how fast the reader is makes no difference to the slot. Never rejects. */
  private async pump(job: Job): Promise<void> {
    const { backend, request, chat, ids, format: responseFormat, signal, ticket, channel } = job;
    let opened: OpenedMessages | undefined;
    try {
      await ticket.ready;
      if (!ids) opened = await this.images.open(request.messages, chat.messages, signal, request.owner ?? request.cacheSalt);
      // How many tokens an image takes may depend on its size, which is known only now.
      let encoded = opened && (await this.encode(chat, opened.messages, signal));
      signal.throwIfAborted();
      const {
        temperature = 1,
        seed = Math.floor(Math.random() * 2 ** 32),
        prompt: _,
        adapter: __,
        places: ___,
        draw: ____,
        ...rest
      } = request;
      if (encoded) job.promptTokens = (encoded.source ?? encoded).ids.length;
      const room = backend.room(job.promptTokens);
      if (room < 1) throw contextExceeded(this.contextLength, job.promptTokens);
      const told = ids && (await this.promptOf(backend, ids, request, signal));
      if (told) channel.push(told);
      if (request.maxTokens === 0) return channel.end();
      const maxTokens = Math.min(request.maxTokens ?? room, room);
      const { stop } = this.products.ending(request, { stop: stopsOf(request) });
      // Pixels are nobody's any more when the engine has taken them.
      const take = (): EncodedSequence => {
        const taken = encoded as EncodedSequence;
        encoded = undefined;
        return taken;
      };
      const prompt = { ...(ids ? { ids } : { encode: take }), keepThinking: request.prompt !== undefined };
      const wanted = { ...rest, messages: undefined, ...prompt, stop, temperature, seed, maxTokens, responseFormat, signal };
      const beside = this.products.reader({ request, messages: chat.messages, seed, signal });
      for await (const piece of backend.submit(wanted)) {
        opened?.release(); // the prompt is encoded
        channel.push({ ...this.event(piece), ...(await beside.read(piece)) });
      }
      channel.end();
    } catch (error) {
      channel.fail(error);
    } finally {
      opened?.release();
      ticket.release();
    }
  }

  /** What is told of a prompt before the reply; all there is where nothing is to be added. */
  private async promptOf(
    { promptChoices }: Backend,
    ids: Int32Array | readonly number[],
    { promptLogProbs: top, maxTokens }: EngineRequest,
    signal: AbortSignal,
  ): Promise<EngineEvent | undefined> {
    const event: EngineEvent = { text: '', ...(maxTokens === 0 ? { finish: 'length' } : {}) };
    if (top === undefined || !promptChoices) return maxTokens === 0 ? event : undefined;
    // Keys and values of one prompt at a time, beside those of replies.
    const leave = await this.scoring.take(signal);
    try {
      const choices = await promptChoices(ids, { top, signal });
      event.prompt = choices.map(({ id, logProb, top }) => ({
        ...this.served.choice({ id, logProb: 0 }),
        logProb,
        top: top.map((choice) => this.served.choice(choice)),
      }));
      return event;
    } finally {
      leave();
    }
  }

  private event({ text, thinking, token, finish }: Piece): EngineEvent {
    const { images } = this.model;
    const event: EngineEvent = {
      text: images ? images.shown(text) : text,
      ...(thinking === undefined ? {} : { thinking }),
      ...(finish ? { finish } : {}),
    };
    if (token) event.token = { ...this.served.choice(token), top: (token.top ?? []).map((c) => this.served.choice(c)) };
    return event;
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

  /** What the chat template gets beside the messages. Special tokens that they spell stay text, like those in messages. */
  private variablesOf({ tools = [], variables = {} }: Pick<EngineRequest, 'tools' | 'variables'>): ChatPrompt['variables'] {
    if (tools.length > 0 && !this.abilities.tools)
      throw badRequest('This model does not take tools: its chat template does not render them', 'tools', {
        code: 'unsupported_parameter',
      });
    const reserved = Object.keys(variables).find((name) => RESERVED.has(name) || /_token$/.test(name));
    if (reserved !== undefined)
      throw badRequest(`'${reserved}' is set by the request itself`, `chat_template_kwargs.${reserved}`, { code: 'invalid_value' });
    if (tools.length === 0) return Object.keys(variables).length > 0 ? variables : undefined;
    return { ...variables, tools };
  }
}

/** Variables of chat templates that are no one's to set. */
const RESERVED = new Set(['messages', 'tools', 'add_generation_prompt', 'continue_final_message', 'chat_template', 'tokenize']);

function tooLongContext(context: number, expected: string): SensoriumError {
  return new SensoriumError('generate.option', 'the context does not fit', {
    place: 'context',
    expected,
    got: String(context),
    hint: 'Give a shorter context, fewer slots, or more bytes for keys and values',
  });
}

interface Job {
  backend: Backend;
  request: EngineRequest;
  chat: ChatPrompt;
  /** Of a prompt without images. */
  ids: Int32Array | readonly number[] | undefined;
  format: ResponseFormat | undefined;
  promptTokens: number;
  signal: AbortSignal;
  ticket: Ticket;
  channel: Channel<EngineEvent>;
}
