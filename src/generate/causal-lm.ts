// CausalLm: a text-only language model from a Hugging Face folder, ready to continue text, answer messages, or go on from ids.

import type { Parameter } from '../graph/index.js';
import { type Model, openModel } from '../model/index.js';
import type { CausalDecoder } from '../networks/index.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { type ChatMessage, encodeChat, framedIds } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import type { HubOptions } from '../weights/index.js';
import { Decoder } from './decoder.js';
import { decoderPolicy } from './decoder-policy.js';
import { checkIds, generateIds, type IdOptions } from './ids.js';
import { type LanguageFolder, languageFolder, requireTokenizer } from './language-folder.js';
import type { TokenChoice } from './processors/row.js';
import { type PromptOptions, renderOptions } from './prompt-options.js';
import { collectReply, type TextReply } from './reply.js';
import { type GenerateOptions, generateTokens, type Piece } from './tokens.js';

export interface CausalLmOptions {
  runtime?: Runtime | RuntimeName;
  threads?: number;
  /**
   * Positions of prompt and reply together, for which each conversation takes memory. Default: the model's maximum, but 4096 at most;
   * 'model': all that the model has.
   */
  capacity?: number | 'model';
  quantize?: 'int4';
  /** Folders of adapters in peft's layout. */
  adapters?: readonly string[];
  signal?: AbortSignal;
  /** How a model of the hub is fetched. */
  hub?: HubOptions;
}

/** What a reply to a text or to messages is asked for with; the prompt's own options are for messages. */
export interface TextOptions extends GenerateOptions, PromptOptions {
  /** More variables for the chat template. */
  variables?: Readonly<Record<string, unknown>>;
}

/** Contexts of 131,072 positions are common by now; their caches would take gigabytes. */
const DEFAULT_CAPACITY = 4096;

/** A decoder-only language model. The program is compiled at the first use and freed by `dispose`. */
export class CausalLm {
  readonly dir: string;
  readonly network: CausalDecoder;
  readonly values: ReadonlyMap<Parameter, HostTensor>;
  readonly folder: LanguageFolder;
  private compiled: Promise<Decoder> | undefined;
  private constructor(
    readonly model: Model,
    private readonly options: CausalLmOptions,
  ) {
    this.dir = model.dir;
    this.network = model.network as CausalDecoder;
    this.values = model.values;
    this.folder = languageFolder(model);
  }

  /**
   * Loads a folder, or a model of the hub (`org/name`, `org/name@revision`): config.json, weights in one file or in shards, and the
   * tokenizer where there is one.
   * Errors: `model.architecture`, `model.config`, `weights.*`, `text.*`, each naming the file and what is wrong with it.
   */
  static async load(name: string, options: CausalLmOptions = {}): Promise<CausalLm> {
    const { signal, hub, adapters } = options;
    const model = await openModel(name, { kinds: ['causal'], signal, hub, adapters });
    return new CausalLm(model, options);
  }

  /** A model that is open already. */
  static of(model: Model, options: CausalLmOptions = {}): CausalLm {
    return new CausalLm(model, options);
  }

  /** The compiled program. */
  decoder(): Promise<Decoder> {
    const { network, values, options } = this;
    const { runtime, threads, quantize } = options;
    const most = network.config.max_position_embeddings;
    const { capacity: asked = Math.min(most, DEFAULT_CAPACITY) } = options;
    const capacity = asked === 'model' ? most : asked;
    this.compiled ??= Decoder.create({ network, values, runtime, threads, capacity, quantize });
    return this.compiled;
  }

  /** Goes on from token ids until an end token (which is yielded) or the limit. */
  async *continueIds(ids: ArrayLike<number>, options: IdOptions = {}): AsyncGenerator<TokenChoice> {
    checkIds(ids, this.network.config.vocab_size);
    const decoder = await this.decoder();
    const prompt = { ids: Int32Array.from(ids) };
    const { tokenizer, generation: config } = this.folder;
    yield* generateIds(decoderPolicy(decoder), { prompt, config, tokenizer }, options);
  }

  /** Streams the continuation of a text, or the reply to messages where the folder has a chat template. */
  async *stream(prompt: string | readonly ChatMessage[], options: TextOptions = {}): AsyncGenerator<Piece> {
    const tokenizer = requireTokenizer(this.folder, this.dir);
    const ids = typeof prompt === 'string' ? framedIds(tokenizer, prompt) : this.chatIds(prompt, options.variables, options);
    checkIds(ids, this.network.config.vocab_size);
    yield* generateTokens(await this.decoder(), tokenizer, { ids }, options, this.folder.generation);
  }

  /** The continuation of a text, or the reply to messages. @example (await lm.generate('The capital of France is')).text */
  async generate(prompt: string | readonly ChatMessage[], options: TextOptions = {}): Promise<TextReply> {
    return collectReply(this.stream(prompt, options), options);
  }

  /** Token ids of a conversation, opened for a reply or left open in its last message. Errors: `model.tokenizer`, `model.template` where the folder has none. */
  chatIds(messages: readonly ChatMessage[], variables?: Readonly<Record<string, unknown>>, options: PromptOptions = {}): Int32Array {
    const tokenizer = requireTokenizer(this.folder, this.dir);
    const { template } = this.folder;
    if (!template)
      throw new SensoriumError('model.template', 'this model has no chat template', {
        place: this.dir,
        expected: 'chat_template.jinja, or chat_template in tokenizer_config.json',
        hint: 'Give plain text instead of messages',
      });
    return encodeChat(messages, { tokenizer, template, ...renderOptions(variables, options) }).ids;
  }

  /** Frees the program. */
  async dispose(): Promise<void> {
    const [decoder] = await Promise.allSettled([this.compiled]);
    if (decoder.status === 'fulfilled') decoder.value?.dispose();
    this.compiled = undefined;
  }
}
