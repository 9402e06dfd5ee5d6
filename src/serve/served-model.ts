// What the server asks of a model beside generating: its tokenizer and template, how long a prompt is, whether it sees and calls tools.

import { type AnyModel, Mllm, Seq2SeqLm } from '../generate/index.js';
import type { ChatMessage, ChatTemplate, Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { EngineChoice, ToolDefinition } from './engine.js';
import { CALL_START } from './tool-calls.js';

/** Characters that a token of a prompt has at most, on average, generously: what is longer than so many contexts is not tokenised at all. */
const MAX_TOKEN_LENGTH = 256;

/** What JSON is written with. */
const JSON_SIGNS = '{}[]":,0';

/** The parts of a model that the server works with. */
export class ServedModel {
  readonly images: boolean;
  readonly tokenizer: Tokenizer;
  /** The template writes the tools that it is given, and writes calls in the form that we can read back. */
  readonly tools: boolean;
  /** The vocabulary can write JSON; that of T5 has no braces. */
  readonly json: boolean;

  /** Throws `serve.model` for a model without tokenizer, or, where it needs one to be asked, without chat template. */
  constructor(readonly model: AnyModel) {
    this.images = model instanceof Mllm || (model instanceof Seq2SeqLm && model.sees);
    const { tokenizer, template } = model instanceof Mllm ? model.parts : model.folder;
    if (!tokenizer || !(template || model instanceof Seq2SeqLm))
      throw new SensoriumError('serve.model', 'this model cannot hold a conversation', {
        place: model instanceof Mllm ? undefined : model.dir,
        expected: 'tokenizer.json, and a chat template in chat_template.jinja or tokenizer_config.json',
        got: tokenizer ? 'no chat template' : 'no tokenizer',
      });
    this.tokenizer = tokenizer;
    this.tools = template?.toolSource.includes(CALL_START) === true && this.writesTools(template);
    this.json = [...JSON_SIGNS].every((sign) => this.canWrite(sign));
  }

  /** Tokens of a prompt, images included. Throws for messages that the model cannot take. */
  countTokens(messages: readonly ChatMessage[], variables?: Readonly<Record<string, unknown>>): number {
    const { model } = this;
    return 'countTokens' in model ? model.countTokens(messages, variables) : model.chatIds(messages, variables).length;
  }

  /** True when a prompt is so long that tokenising it, which takes seconds for megabytes, is not needed to know that it does not fit. */
  farTooLong(messages: readonly ChatMessage[], contextLength: number, tools: readonly ToolDefinition[] = []): boolean {
    let length = tools.length > 0 ? JSON.stringify(tools).length : 0;
    for (const { content, ...rest } of messages) {
      if (typeof content === 'string') length += content.length;
      else for (const part of content ?? []) if (part.type === 'text') length += part.text.length;
      length += JSON.stringify(rest).length; // templates write names and earlier calls, too
    }
    return length > contextLength * MAX_TOKEN_LENGTH;
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
