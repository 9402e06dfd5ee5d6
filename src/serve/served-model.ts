// What the server asks of a model beside generating: its tokenizer and template, how long a prompt is, whether it sees and calls tools.

import type { Mllm } from '../generate/index.js';
import { languageModel } from '../model/index.js';
import type { CausalDecoder } from '../networks/index.js';
import { type ChatMessage, type ChatTemplate, framedIds, type Tokenizer } from '../text/index.js';
import type { ToolDefinition } from '../text/tool-calls.js';
import { CALL_START } from '../text/tool-calls.js';
import { SensoriumError } from '../util/errors.js';
import type { EngineChoice } from './engine.js';
import { badRequest } from './errors.js';

/** Characters for each token of the context up to which a prompt is tokenized as a whole; longer ones are measured first. */
const PLAIN_LENGTH = 8;
/** Characters that are measured at a time, and tokens that such a piece may have fewer as a part of its text than by itself. */
const PIECE = 4096;
const PIECE_SLACK = 4;
/** Characters of a token at most, for what a template may leave out. */
const LONGEST_TOKEN = 256;

/** What JSON is written with. */
const JSON_SIGNS = '{}[]":,0';

/** A conversation as it is to be rendered. */
export interface ChatPrompt {
  messages: readonly ChatMessage[];
  variables?: Readonly<Record<string, unknown>>;
  continueFinalMessage?: boolean;
}

/** The parts of a model that the server works with. */
export class ServedModel {
  readonly images: boolean;
  readonly tokenizer: Tokenizer;
  /** The template writes the tools that it is given, and writes calls in the form that we can read back. */
  readonly tools: boolean;
  /** The template may leave out white space around a text. */
  private readonly trims: boolean;
  /** The vocabulary can write JSON; that of T5 has no braces. */
  readonly json: boolean;
  /** The model answers messages; without a chat template it only continues prompts. */
  readonly chat: boolean;

  /** Throws `serve.model` for a model without tokenizer. */
  constructor(readonly model: Mllm) {
    const { kind, dir, media, tokenizer, template } = model.model;
    this.images = media !== undefined;
    if (!tokenizer)
      throw new SensoriumError('serve.model', 'this model cannot be asked in text', {
        place: dir,
        expected: 'tokenizer.json',
        got: 'no tokenizer',
      });
    this.tokenizer = tokenizer;
    this.chat = template !== undefined || kind === 'seq2seq';
    this.tools = template?.toolSource.includes(CALL_START) === true && this.writesTools(template);
    this.trims = /\btrim\b|strip\(/.test(template?.source ?? '');
    this.json = [...JSON_SIGNS].every((sign) => this.canWrite(sign));
  }

  /** Ids of a conversation, images included (`Mllm.promptIds`). Throws for messages that the model cannot take. */
  chatIds({ messages, variables, continueFinalMessage }: ChatPrompt): Int32Array {
    const { model } = this;
    if (model.model.kind === 'seq2seq' && continueFinalMessage)
      throw badRequest(
        'This model cannot continue a message: its prompt and its replies are texts of their own',
        'continue_final_message',
        {
          code: 'unsupported_parameter',
        },
      );
    return model.promptIds(messages, { variables, continueFinalMessage });
  }

  /**
   * Ids of a prompt that is to be continued: a text in the frame that the tokenizer gives texts (not if it is `bare`), special tokens in it
   * read as such.
   * Throws `ApiError` 400 for ids that the model does not have and for placeholders of images, which there are none of.
   */
  promptIds(prompt: string | readonly number[], bare = false): readonly number[] {
    const { tokenizer } = this;
    const { network, media } = this.model.model;
    const { vocab_size: size } = languageModel(network).config;
    const idsOf = (text: string): ArrayLike<number> & Iterable<number> =>
      bare ? tokenizer.encode(text, { special: true }) : framedIds(tokenizer, text, { special: true });
    const ids = typeof prompt === 'string' ? idsOf(prompt) : prompt;
    for (const id of ids) {
      if (media && (id === media.imageTokenId || id === media.videoTokenId))
        throw badRequest('A prompt holds no images', 'prompt', {
          code: 'unsupported_content',
          hint: 'Send them as messages to /v1/chat/completions.',
        });
      if (!(id >= 0 && id < size))
        throw badRequest('There is no such token', 'prompt', { code: 'invalid_value', expected: `0 to ${size - 1}`, got: String(id) });
    }
    return [...ids];
  }

  /**
   * A number of tokens above `limit` that a prompt has at least; undefined for one that may fit. The work is bounded by `limit`, however
   * long the prompt is: megabytes take seconds to tokenize. What templates may leave out, white space around a text and earlier thoughts,
   * is not counted.
   */
  exceeds(
    prompt: string | readonly number[] | readonly ChatMessage[],
    limit: number,
    variables: Readonly<Record<string, unknown>> = {},
  ): number | undefined {
    const texts: string[] = typeof prompt === 'string' ? [prompt] : [];
    let extra = Object.keys(variables).length > 0 ? JSON.stringify(variables).length : 0;
    for (const message of typeof prompt === 'string' ? [] : prompt) {
      if (typeof message === 'number') return prompt.length > limit ? prompt.length : undefined;
      const { content, ...rest } = message;
      const parts = typeof content === 'string' ? [content] : (content ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : []));
      for (const text of parts) {
        const written = rest.role === 'assistant' ? text.slice(text.lastIndexOf('</think>') + 1) : text;
        texts.push(this.trims ? written.trim() : written);
      }
      extra += JSON.stringify(rest).length; // templates write names and earlier calls, too
    }
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    if (extra > limit * LONGEST_TOKEN) return Math.floor(extra / LONGEST_TOKEN);
    if (length <= limit * PLAIN_LENGTH) return undefined;
    let tokens = 0;
    for (const text of texts)
      for (let at = 0; at < text.length; ) {
        const end = at + PIECE + ((text.codePointAt(at + PIECE - 1) ?? 0) > 0xffff ? 1 : 0); // no character is cut in half
        tokens += Math.max(0, this.tokenizer.encode(text.slice(at, end)).length - PIECE_SLACK);
        at = end;
        if (tokens > limit) return tokens;
      }
    return undefined;
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
