// What the server asks of a model beside generating: its tokenizer and template, how long a prompt is, whether it sees and calls tools.

import { CausalLm, Mllm } from '../generate/index.js';
import type { ChatMessage, ChatTemplate, Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { modelFolder, readConfig } from '../weights/index.js';
import type { EngineChoice, ToolDefinition } from './engine.js';
import { CALL_START } from './tool-calls.js';

/** A model that can be served: one that sees, or one of text alone. */
export type AnyModel = Mllm | CausalLm;

/** Loads a folder in Hugging Face layout, or a model of the hub: as an `Mllm` where its config has a vision encoder, else as a `CausalLm`. */
export async function loadModel(name: string, options: { threads?: number } = {}): Promise<AnyModel> {
  const dir = await modelFolder(name);
  const config = (await readConfig(dir)) as Record<string, unknown>;
  return 'vision_config' in config ? Mllm.load(dir, options) : CausalLm.load(dir, options);
}

/** Characters that a token of a prompt has at most, on average, generously: what is longer than so many contexts is not tokenised at all. */
const MAX_TOKEN_LENGTH = 256;

/** The parts of a model that the server works with. */
export class ServedModel {
  readonly images: boolean;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  /** The template writes the tools that it is given, and writes calls in the form that we can read back. */
  readonly tools: boolean;

  /** Throws `serve.model` for a model without tokenizer or chat template. */
  constructor(readonly model: AnyModel) {
    this.images = model instanceof Mllm;
    const { tokenizer, template } = model instanceof Mllm ? model.parts : model.folder;
    if (!tokenizer || !template)
      throw new SensoriumError('serve.model', 'this model cannot hold a conversation', {
        place: model instanceof CausalLm ? model.dir : undefined,
        expected: 'tokenizer.json, and a chat template in chat_template.jinja or tokenizer_config.json',
        got: tokenizer ? 'no chat template' : 'no tokenizer',
      });
    this.tokenizer = tokenizer;
    this.template = template;
    this.tools = template.source.includes(CALL_START) && this.writesTools();
  }

  /** Tokens of a prompt, images included. Throws for messages that the model cannot take. */
  countTokens(messages: readonly ChatMessage[], variables?: Readonly<Record<string, unknown>>): number {
    return this.model instanceof Mllm ? this.model.countTokens(messages, variables) : this.model.chatIds(messages, variables).length;
  }

  /** True when a prompt is so long that tokenising it, which takes seconds for megabytes, is not needed to know that it does not fit. */
  farTooLong(messages: readonly ChatMessage[], contextLength: number): boolean {
    let length = 0;
    for (const { content } of messages) {
      if (typeof content === 'string') length += content.length;
      else for (const part of content ?? []) if (part.type === 'text') length += part.text.length;
    }
    return length > contextLength * MAX_TOKEN_LENGTH;
  }

  /** A token as it is shown, with its bytes. */
  choice({ id, logProb }: { id: number; logProb: number }): EngineChoice {
    const { tokenizer } = this;
    const plain = tokenizer.byteLevel && !tokenizer.isSpecial(id);
    const bytes = plain ? tokenizer.tokenBytes(id) : Buffer.from(tokenizer.token(id) ?? '');
    return { id, text: Buffer.from(bytes).toString('utf8'), bytes: [...bytes], logProb };
  }

  private writesTools(): boolean {
    const name = 'qjxz';
    const probe: ToolDefinition = { type: 'function', function: { name, description: '', parameters: {} } };
    try {
      return this.template.render([{ role: 'user', content: 'x' }], { variables: { tools: [probe] } }).text.includes(name);
    } catch (error) {
      if (error instanceof SensoriumError) return false; // a template that refuses tools does not render them
      throw error;
    }
  }
}
