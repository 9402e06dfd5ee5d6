// The engine over one model: who may run is decided here, what runs is computed together by the continuous batches of generate/.

import { Engine as BatchEngine, type Piece } from '../generate/index.js';
import { decodeImage, type ImageSource, isRgbImage, type RgbImage } from '../media/index.js';
import { type ChatMessage, type ContentPart, mediaParts } from '../text/index.js';
import { Channel } from './channel.js';
import type { Engine, EngineAbilities, EngineEvent, EngineReply, EngineRequest, EngineStats, ToolDefinition } from './engine.js';
import { type ApiError, badRequest } from './errors.js';
import { type AnyModel, loadModel, ServedModel } from './served-model.js';
import { type SlotLimits, Slots, type Ticket } from './slots.js';
import { forTemplate } from './tool-calls.js';

/** Options of an `ModelEngine`. */
export interface ModelEngineOptions extends Partial<SlotLimits> {
  /** Pixels of all images of one request together, checked before any is decoded. Default 50 million. */
  maxPixels?: number;
  /** Bytes of one image file. Default 20 MiB. */
  maxImageBytes?: number;
  /** Bytes for keys and values of what runs. Default: the whole context for every slot, up to a bound of the engine's. */
  kvBytes?: number;
  /** Threads of ONNX Runtime. */
  threads?: number;
}

/** Serves a model. */
export class ModelEngine implements Engine {
  readonly abilities: EngineAbilities;
  private readonly slots: Slots;
  private readonly work = new Set<Promise<void>>();

  private constructor(
    private readonly served: ServedModel,
    private readonly batches: BatchEngine,
    private readonly options: ModelEngineOptions & SlotLimits & { owned: boolean },
  ) {
    this.slots = new Slots({ slots: options.slots, maxQueue: options.maxQueue });
    this.abilities = { images: served.images, tools: served.tools, schema: true };
  }

  /** Over a model that is loaded; it stays its owner's. */
  static async create(model: AnyModel, options: ModelEngineOptions = {}): Promise<ModelEngine> {
    return ModelEngine.over(model, options, false);
  }

  /** Loads a folder in Hugging Face layout. */
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
    const { slots = 8, maxQueue = 64, kvBytes } = options;
    const batches = await BatchEngine.create(model, { slots, maxQueue: slots, kvBytes });
    return new ModelEngine(new ServedModel(model), batches, { ...options, slots, maxQueue, owned });
  }

  get model(): AnyModel {
    return this.served.model;
  }

  get contextLength(): number {
    return this.batches.contextLength;
  }

  submit(request: EngineRequest): EngineReply {
    const messages = asModelKnows(request.messages);
    const variables = request.tools?.length ? { tools: this.checkTools(request.tools) } : undefined;
    if (this.served.farTooLong(messages, this.contextLength)) throw this.tooLong('many times that');
    const promptTokens = this.served.countTokens(messages, variables);
    if (promptTokens >= this.contextLength) throw this.tooLong(String(promptTokens));
    const leaving = new AbortController();
    const signal = request.signal ? AbortSignal.any([request.signal, leaving.signal]) : leaving.signal;
    const ticket = this.slots.enter(signal);
    const channel = new Channel<EngineEvent>(() => leaving.abort());
    const job: Job = { request, messages, variables, promptTokens, signal, ticket, channel };
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

  async dispose(): Promise<void> {
    await this.batches.dispose();
    await Promise.all(this.work);
    if (this.options.owned) await this.model.dispose();
  }

  private tooLong(got: string): ApiError {
    const expected = `fewer than ${this.contextLength} tokens`;
    return badRequest('The prompt is too long', 'messages', { code: 'context_length_exceeded', expected, got });
  }

  /** Generates into the channel as fast as the model goes; how fast the reader is makes no difference to the slot. Never rejects. */
  private async pump(job: Job): Promise<void> {
    const { request, variables, signal, ticket, channel } = job;
    try {
      await ticket.ready;
      const messages = await this.openImages(job.messages);
      signal.throwIfAborted();
      const { temperature = 1, seed = Math.floor(Math.random() * 2 ** 32), schema, ...rest } = request;
      // How many tokens an image takes may depend on its size, which is known only now.
      if (mediaParts(messages).length > 0) job.promptTokens = this.served.countTokens(messages, variables);
      if (job.promptTokens >= this.contextLength) throw this.tooLong(String(job.promptTokens));
      const room = this.contextLength - job.promptTokens;
      const maxTokens = Math.min(request.maxTokens ?? room, room);
      const responseFormat = schema && ({ type: 'json_schema', schema } as const);
      const wanted = { ...rest, messages, variables, temperature, seed, maxTokens, responseFormat, signal };
      for await (const piece of this.batches.submit(wanted)) channel.push(this.event(piece));
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

  /** Decodes the images of a conversation, one after the other, within one budget of pixels. */
  private async openImages(messages: readonly ChatMessage[]): Promise<ChatMessage[]> {
    let left = this.options.maxPixels ?? 50e6;
    const out: ChatMessage[] = [];
    for (const message of messages) {
      if (!Array.isArray(message.content)) {
        out.push(message);
        continue;
      }
      const content: ContentPart[] = [];
      for (const part of message.content as ContentPart[]) {
        if (part.type !== 'image') {
          content.push(part);
          continue;
        }
        const source = part.source as ImageSource | RgbImage;
        const image = isRgbImage(source)
          ? source
          : await decodeImage(source, { maxPixels: Math.max(0, left), maxBytes: this.options.maxImageBytes });
        left -= image.width * image.height;
        content.push({ type: 'image', source: image });
      }
      out.push({ ...message, content });
    }
    return out;
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

interface Job {
  request: EngineRequest;
  messages: readonly ChatMessage[];
  variables: Readonly<Record<string, unknown>> | undefined;
  promptTokens: number;
  signal: AbortSignal;
  ticket: Ticket;
  channel: Channel<EngineEvent>;
}

/** `developer` is the newer name of `system`, which templates know; earlier calls of tools are given to templates as objects. */
function asModelKnows(messages: readonly ChatMessage[]): ChatMessage[] {
  return messages.map((message) => forTemplate(message.role === 'developer' ? { ...message, role: 'system' } : message));
}
