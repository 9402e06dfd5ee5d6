// What the server asks of a model beside generating: its tokenizer and template, how long a prompt is, whether it sees and calls tools.

import { type Mllm, tokenTrie } from '../generate/index.js';
import { languageModel } from '../model/index.js';
import type { CausalDecoder } from '../networks/index.js';
import { modalitiesOf } from '../networks/processor.js';
import {
  type ChatMessage,
  type ChatTemplate,
  type Exceeded,
  encodeAside,
  frameText,
  type Tokenizer,
  thinkingMarks,
  type WrittenPrompt,
} from '../text/index.js';
import type { ToolDefinition } from '../text/tool-calls.js';
import { CALL_START } from '../text/tool-calls.js';
import { SensoriumError } from '../util/errors.js';
import type { EngineChoice } from './engine.js';
import { badRequest } from './errors.js';

/** What JSON is written with. */
const JSON_SIGNS = '{}[]":,0';

/** A conversation as it is to be rendered. */
export interface ChatPrompt {
  messages: readonly ChatMessage[];
  variables?: Readonly<Record<string, unknown>>;
  continueFinalMessage?: boolean;
  /** What `ServedModel.write` gave for it. */
  written?: WrittenPrompt;
}

/** The parts of a model that the server works with. */
export class ServedModel {
  readonly images: boolean;
  readonly videos: boolean;
  readonly sounds: boolean;
  readonly tokenizer: Tokenizer;
  /** Regions of images can be pointed out to it. */
  readonly regions: boolean;
  /** The template writes the tools that it is given, and writes calls in the form that we can read back. */
  readonly tools: boolean;
  /** Its tokenizer has marks of thinking. */
  readonly thinks: boolean;
  /** The vocabulary can write JSON; that of T5 has no braces. */
  readonly json: boolean;
  /** The model answers messages; without a chat template it only continues prompts. */
  readonly chat: boolean;

  /** Throws `serve.model` for a model without tokenizer. */
  constructor(readonly model: Mllm) {
    const { kind, dir, media, tokenizer, template } = model.model;
    const takes = modalitiesOf(media);
    this.images = takes.includes('images');
    this.videos = takes.includes('videos');
    this.sounds = takes.includes('sounds');
    this.regions = media?.region !== undefined;
    if (!tokenizer)
      throw new SensoriumError('serve.model', 'this model cannot be asked in text', {
        place: dir,
        expected: 'tokenizer.json',
        got: 'no tokenizer',
      });
    this.tokenizer = tokenizer;
    this.chat = template !== undefined || kind === 'seq2seq';
    this.thinks = thinkingMarks(this.tokenizer) !== undefined;
    this.tools = template?.toolSource.includes(CALL_START) === true && this.writesTools(template);
    this.json = [...JSON_SIGNS].every((sign) => this.canWrite(sign)) && this.canConstrain();
  }

  /**
   * A conversation without its images, written in a worker thread where it is long, and `exceeded` for one that certainly has more tokens than
   * `limit`; undefined for models that put images and text together in a way of their own. Rejects for messages that the model cannot take.
   */
  async write(
    { messages, variables, continueFinalMessage }: ChatPrompt,
    o: { limit: number; signal?: AbortSignal },
  ): Promise<WrittenPrompt | Exceeded | undefined> {
    this.checkContinuation(continueFinalMessage);
    return this.model.write(messages, { variables, continueFinalMessage, ...o });
  }

  /** Ids of a conversation, images included (`Mllm.promptIds`). Throws for messages that the model cannot take. */
  chatIds({ messages, variables, continueFinalMessage, written }: ChatPrompt): Int32Array {
    this.checkContinuation(continueFinalMessage);
    return this.model.promptIds(messages, { variables, continueFinalMessage, written });
  }

  private checkContinuation(continues: boolean | undefined): void {
    if (this.model.model.kind !== 'seq2seq' || !continues) return;
    throw badRequest('This model cannot continue a message: its prompt and its replies are texts of their own', 'continue_final_message', {
      code: 'unsupported_parameter',
    });
  }

  /**
   * Ids of a prompt that is to be continued: a text in the frame that the tokenizer gives texts (not if `bare`), special tokens in it read as such;
   * `exceeded` for one that certainly has more than `limit`. Rejects with `ApiError` 400 for ids that the model does not have and for placeholders of images,
   * which there are none of.
   */
  async promptIds(
    prompt: string | readonly number[],
    { bare = false, ...o }: { limit: number; bare?: boolean; signal?: AbortSignal },
  ): Promise<readonly number[] | Exceeded> {
    const { tokenizer } = this;
    const { network, media } = this.model.model;
    const { vocab_size: size } = languageModel(network).config;
    if (typeof prompt !== 'string' && prompt.length > o.limit) return { exceeded: prompt.length };
    const encoded = typeof prompt === 'string' ? await encodeAside(tokenizer, [prompt], { special: true, ...o }) : [prompt];
    if ('exceeded' in encoded) return encoded;
    const [own] = encoded as [ArrayLike<number>];
    const ids = Array.from(typeof prompt === 'string' && !bare ? frameText(tokenizer, own, { special: true }) : own);
    for (const id of ids) {
      if (media && (id === media.imageTokenId || id === media.videoTokenId))
        throw badRequest('A prompt holds no images', 'prompt', {
          code: 'unsupported_content',
          hint: 'Send them as messages to /v1/chat/completions.',
        });
      if (!(id >= 0 && id < size))
        throw badRequest('There is no such token', 'prompt', { code: 'invalid_value', expected: `0 to ${size - 1}`, got: String(id) });
    }
    return ids;
  }

  /** The text of ids, special tokens included. Throws `ApiError` 400 for an id that the tokenizer does not have. */
  textOf(ids: readonly number[]): string {
    const { vocabSize } = this.tokenizer;
    const wrong = ids.find((id) => id >= vocabSize);
    if (wrong !== undefined)
      throw badRequest('There is no such token', 'tokens', {
        code: 'invalid_value',
        expected: `0 to ${vocabSize - 1}`,
        got: String(wrong),
      });
    return this.tokenizer.decode(ids, { skipSpecial: false });
  }

  /** Positions that the model has; undefined for one that has as many as it needs. */
  get maxPositions(): number | undefined {
    const { kind, network } = this.model.model;
    return kind === 'seq2seq' ? undefined : languageModel<CausalDecoder>(network).config.max_position_embeddings;
  }

  /** A token as it is shown, with its bytes. */
  choice({ id, logProb }: { id: number; logProb: number }): EngineChoice {
    const bytes = this.bytesOf(id);
    return { id, text: Buffer.from(bytes).toString('utf8'), bytes: [...bytes], logProb };
  }

  private bytesOf(id: number): Uint8Array {
    const { tokenizer } = this;
    const token = tokenizer.token(id) ?? ''; // a model may have more rows than its tokenizer has tokens
    if (token === '' || tokenizer.isSpecial(id)) return Buffer.from(token);
    if (tokenizer.byteLevel) return tokenizer.tokenBytes(id);
    // Sentence pieces: a byte by its number, and a sign for the space.
    const byte = /^<0x([0-9A-F]{2})>$/i.exec(token)?.[1];
    return byte === undefined ? Buffer.from(token.replaceAll('▁', ' ')) : Uint8Array.of(Number.parseInt(byte, 16));
  }

  /** Also makes what constraints need of the vocabulary, which takes a moment that nobody waits for yet. */
  private canConstrain(): boolean {
    try {
      return tokenTrie(this.tokenizer).vocabSize > 0;
    } catch (error) {
      if (error instanceof SensoriumError) return false; // tokens that are not runs of bytes
      throw error;
    }
  }

  private canWrite(sign: string): boolean {
    const { tokenizer } = this;
    if (tokenizer.byteLevel) return true;
    try {
      return tokenizer.decode(tokenizer.encode(sign), { skipSpecial: true }).includes(sign);
    } catch (error) {
      if (error instanceof SensoriumError) return false; // a vocabulary that cannot spell it
      throw error;
    }
  }

  private writesTools(template: ChatTemplate): boolean {
    const name = 'qjxz';
    const probe: ToolDefinition = { type: 'function', function: { name, description: '', parameters: {} } };
    try {
      return template.render([{ role: 'user', content: 'x' }], { variables: { tools: [probe] } }).text.includes(name);
    } catch (error) {
      if (error instanceof SensoriumError) return false; // a template that refuses tools does not render them
      throw error;
    }
  }
}
