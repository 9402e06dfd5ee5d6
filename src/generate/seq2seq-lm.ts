// Seq2SeqLm: an encoder-decoder (T5, Flan-T5) from a Hugging Face folder: text in, text out.

import type { Parameter } from '../graph/index.js';
import type { T5 } from '../models/index.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import type { HostTensor } from '../util/host.js';
import { loadNetwork } from '../weights/index.js';
import type { TextReply } from './causal-lm.js';
import { checkIds, generateIds, type IdOptions } from './ids.js';
import { framedIds, type LanguageFolder, readLanguageFolder, requireTokenizer } from './language-folder.js';
import type { Choice } from './sampling.js';
import { Seq2SeqDecoder } from './seq2seq.js';
import type { Piece } from './tokens.js';

export interface Seq2SeqLmOptions {
  runtime?: Runtime | RuntimeName;
  threads?: number;
  /** Most tokens of a reply. Default 512. */
  capacity?: number;
  signal?: AbortSignal;
}

/** An encoder-decoder language model. Programs are compiled at the first use and freed by `dispose`. */
export class Seq2SeqLm {
  private compiled: Promise<Seq2SeqDecoder> | undefined;
  private constructor(
    readonly dir: string,
    readonly network: T5,
    readonly values: ReadonlyMap<Parameter, HostTensor>,
    readonly folder: LanguageFolder,
    private readonly options: Seq2SeqLmOptions,
  ) {}

  /** Loads a folder. Errors: `models.architecture`, `models.config`, `weights.*`, `text.*`. */
  static async load(dir: string, options: Seq2SeqLmOptions = {}): Promise<Seq2SeqLm> {
    const { network, values } = await loadNetwork(dir, { kinds: ['seq2seq'], signal: options.signal });
    const t5 = network as T5;
    return new Seq2SeqLm(dir, t5, values, await readLanguageFolder(dir, t5.config.eos_token_id), options);
  }

  /** The compiled programs. */
  decoder(): Promise<Seq2SeqDecoder> {
    const { network, values, options } = this;
    const { runtime, threads, capacity } = options;
    this.compiled ??= Seq2SeqDecoder.create({ network, values, runtime, threads, capacity });
    return this.compiled;
  }

  /** The reply to source ids, token by token, until an end token (which is yielded) or the limit. */
  async *replyIds(source: ArrayLike<number>, options: IdOptions = {}): AsyncGenerator<Choice> {
    const { vocab_size, decoder_start_token_id, pad_token_id } = this.network.config;
    checkIds(source, vocab_size);
    const decoder = await this.decoder();
    options.signal?.throwIfAborted();
    const state = await decoder.begin([source]);
    const model = {
      room: decoder.capacity,
      first: () => decoder.step(state, [[decoder_start_token_id ?? pad_token_id ?? 0]]),
      next: (id: number) => decoder.step(state, [[id]]),
    };
    yield* generateIds(model, { endIds: this.folder.endIds, ...options });
  }

  /** Streams the reply to a text. */
  async *stream(source: string, options: Omit<IdOptions, 'endIds'> = {}): AsyncGenerator<Piece> {
    const tokenizer = requireTokenizer(this.folder, this.dir);
    const text = tokenizer.stream({ skipSpecial: true });
    for await (const token of this.replyIds(framedIds(tokenizer, source), options)) {
      if (this.folder.endIds.includes(token.id)) {
        yield { text: text.end(), token, finish: 'stop' };
        return;
      }
      yield { text: text.push(token.id), token };
    }
    yield { text: text.end(), finish: 'length' };
  }

  /** The reply to a text. @example (await lm.generate('Translate to German: How are you?')).text */
  async generate(source: string, options: Omit<IdOptions, 'endIds'> = {}): Promise<TextReply> {
    const reply: TextReply = { text: '', tokens: [], finish: 'stop' };
    for await (const piece of this.stream(source, options)) {
      reply.text += piece.text;
      if (piece.token) reply.tokens.push({ id: piece.token.id, logProb: piece.token.logProb });
      if (piece.finish) reply.finish = piece.finish;
    }
    return reply;
  }

  /** Frees the programs. */
  async dispose(): Promise<void> {
    const [decoder] = await Promise.allSettled([this.compiled]);
    if (decoder.status === 'fulfilled') decoder.value?.dispose();
    this.compiled = undefined;
  }
}
