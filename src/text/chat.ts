// Chat templates (Jinja): messages to text as transformers renders them, with the spans of replies and no way for content to write a special token.

import { SensoriumError } from '../util/errors.js';
import { type ChatTemplates, chosen, namedTemplates } from './chat-templates.js';
import { DEFAULT_TEMPLATE, SPECIAL_TOKENS } from './default-template.js';
import { Blank, concat, cut, Dict, Jinja, marked, type Str, strip, TemplateError, text, toValue, type Value } from './jinja/index.js';
import { type ChatLayout, endTokensOf } from './layout.js';
import { type ChatMessage, checkMessages } from './messages.js';
import { type ContentForms, messageValue } from './prompt.js';
import { type RenderedChat, type Source, SpecialFinder } from './rendered.js';
import { replySpans } from './reply-spans.js';
import type { Tokenizer } from './tokenizer.js';
import { tokenContent } from './tokenizer-json.js';

export { DEFAULT_TEMPLATE, DEFAULT_TOKENIZER_CONFIG, SPECIAL_TOKENS } from './default-template.js';
export type { RenderedChat, Span } from './rendered.js';

export interface ChatTemplateOptions {
  /** Every special token of the tokenizer. */
  specialTokens: Iterable<string>;
  /** Default `<image>`. */
  imageToken?: string;
  /** Of models that take videos. */
  videoToken?: string;
  /** Of models that take regions of images: the special tokens of one region. */
  region?: string;
  bosToken?: string;
  eosToken?: string;
  /** Tokens that templates know by name, such as `pad_token`: see `templateTokens`. `bosToken` and `eosToken` come before those here. */
  tokens?: Readonly<Record<string, string>>;
  /** The template to use instead where tools are given: the one that a model calls `tool_use`. */
  toolTemplate?: string;
  /** Tokens at which the model ends a reply. Default: `eosToken`. Every special token that reads like an end may stand before them. */
  endTokens?: Iterable<string>;
  /** How the model's ids differ from what the template writes; see `ChatLayout`. */
  layout?: ChatLayout;
  /** For messages. */
  place?: string;
  /** The time that `strftime_now` writes. Default: now. */
  now?: () => Date;
}

export interface RenderOptions {
  /** Ends with the opening of a reply. Default false. */
  addGenerationPrompt?: boolean;
  /** Ends within the last message, for the model to continue it; a string names another key than `content`. Not with `addGenerationPrompt`. */
  continueFinalMessage?: boolean | string;
  /** More variables for the template, such as `tools`. */
  variables?: Readonly<Record<string, unknown>>;
}

/** transformers appends this to the message to continue, and cuts the rendered text there. */
const CONTINUE = 'CONTINUE_FINAL_MESSAGE_TAG ';

const PROBE_TOOL = { type: 'function', function: { name: 'probe', description: '', parameters: { type: 'object', properties: {} } } };

/** A compiled template and what it takes. */
interface Compiled {
  source: string;
  jinja: Jinja;
  forms: ContentForms;
}

/** A compiled chat template together with the special tokens it may write. */
export class ChatTemplate {
  readonly imageToken: string;
  readonly videoToken: string | undefined;
  /** Whether videos have the placeholder of images, and are images to the template. */
  private readonly videoIsImage: boolean;
  readonly endTokens: ReadonlySet<string>;
  readonly layout: ChatLayout;
  /** The template that is used where tools are given. */
  readonly toolSource: string;
  private readonly place: string;
  private readonly takesImages: boolean;
  private readonly finder: SpecialFinder;
  private readonly constants: Readonly<Record<string, Value>>;
  private readonly now: (() => Date) | undefined;
  /** What it was made with, as plain lists. */
  readonly options: ChatTemplateOptions;
  private readonly main: Compiled;
  private readonly withTools: Compiled;

  /** Throws `text.template`, with the template's own words, for one that does not compile or cannot render a user message. */
  constructor(
    readonly source: string,
    options: ChatTemplateOptions,
  ) {
    this.place = options.place ?? 'chat template';
    this.layout = options.layout ?? {};
    this.imageToken = options.imageToken ?? '<image>';
    this.takesImages = options.imageToken !== undefined;
    this.videoIsImage = options.videoToken === this.imageToken;
    this.videoToken = this.videoIsImage ? undefined : options.videoToken;
    this.now = options.now;
    const specials = new Set(options.specialTokens);
    const { tokens = {}, bosToken = tokens.bos_token, eosToken = tokens.eos_token } = options;
    this.endTokens = new Set(options.endTokens ?? (eosToken === undefined ? [] : [eosToken]));
    this.options = { ...options, specialTokens: [...specials], endTokens: [...this.endTokens] };
    const ends = [...specials].filter((token) => this.endTokens.has(token) || /end|eot|eom|<\/s>/i.test(token));
    specials.add(this.imageToken);
    if (this.videoToken !== undefined) specials.add(this.videoToken);
    this.finder = new SpecialFinder(specials, new Map(ends.map((token) => [token, this.endTokens.has(token)])));
    const absent = new Blank('undefined');
    this.constants = { ...tokens, bos_token: bosToken || absent, eos_token: eosToken || absent };
    this.main = this.compile(source);
    this.toolSource = options.toolTemplate ?? source;
    this.withTools = this.toolSource === source ? this.main : this.compile(this.toolSource);
  }

  /** The template of a tokenizer: `given`, else the one in its config, else ours when it has our special tokens. */
  static forTokenizer(tokenizer: Tokenizer, given?: string | ChatTemplates, place = tokenizer.place, layout?: ChatLayout): ChatTemplate {
    const { config, specialTokens } = tokenizer;
    const named = given === undefined ? namedTemplates(config.chat_template, place) : undefined;
    const templates = named ? chosen(named, place) : typeof given === 'object' ? given : undefined;
    const ours = SPECIAL_TOKENS.every((t) => specialTokens.has(t)) ? DEFAULT_TEMPLATE : undefined;
    const source = templates?.source ?? (typeof given === 'string' ? given : ours);
    if (source === undefined)
      throw new SensoriumError('text.template', 'the model has no chat template', {
        place,
        expected: 'chat_template.jinja, or chat_template in tokenizer_config.json',
        hint: 'Add the file, or use the model on plain text',
      });
    const image = tokenizer.specialIds.image;
    return new ChatTemplate(source, {
      specialTokens: specialTokens.keys(),
      imageToken: image === undefined ? undefined : tokenizer.token(image),
      tokens: templateTokens(tokenizer),
      toolTemplate: templates?.toolUse,
      endTokens: endTokensOf(tokenizer, layout),
      layout,
      place: templates?.place ?? place,
    });
  }

  /** Reads the templates of a model folder wherever it keeps them, falling back as `forTokenizer` does. */
  static async fromFolder(dir: string, tokenizer: Tokenizer): Promise<ChatTemplate> {
    const { readChatTemplates } = await import('./chat-templates.js');
    return ChatTemplate.forTokenizer(tokenizer, await readChatTemplates(dir), dir);
  }

  /**
   * Renders a conversation as transformers' `apply_chat_template` does. Spans are for training: with `addGenerationPrompt` or
   * `continueFinalMessage` a reply whose place is unknown has none. Throws `text.messages` for bad messages, `text.template`, with the
   * template's own words, where the template refuses, and without those options where a reply cannot be found in the text.
   */
  render(messages: readonly ChatMessage[], options: RenderOptions = {}): RenderedChat {
    checkMessages(messages);
    const { addGenerationPrompt = false, continueFinalMessage = false } = options;
    if (addGenerationPrompt && continueFinalMessage)
      throw this.cannotContinue(
        'a prompt either continues the last message or opens a reply',
        'one of addGenerationPrompt and continueFinalMessage',
      );
    let rendered = this.run(messages, options);
    if (continueFinalMessage) rendered = this.cutAtEnd(rendered, messages, continueFinalMessage);
    const { pieces, ends } = this.finder.read(rendered);
    const isPrompt = addGenerationPrompt || continueFinalMessage !== false;
    const render = (others: readonly ChatMessage[], open: boolean): Str =>
      this.run(others, { variables: options.variables, addGenerationPrompt: open });
    const spans = isPrompt ? [] : replySpans({ messages, rendered, ends, render, place: this.place });
    const count = (token: string | undefined): number => pieces.filter((piece) => piece.special && piece.text === token).length;
    return { text: text(rendered), pieces, spans, images: count(this.imageToken), videos: count(this.videoToken) };
  }

  private compile(source: string): Compiled {
    try {
      const jinja = new Jinja(source, this.now);
      return { source, jinja, forms: this.probe(jinja) };
    } catch (cause) {
      throw cause instanceof SensoriumError ? cause : this.failure('the chat template does not compile', cause);
    }
  }

  private failure(summary: string, cause: unknown): SensoriumError {
    return new SensoriumError('text.template', summary, {
      place: this.place,
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }

  /** Which forms of content a template writes; found by rendering words that occur in no template. */
  private probe(jinja: Jinja): ContentForms {
    const words = ['qjxz', 'zxjq'] as const;
    let refusal: unknown;
    const attempt = (content: Value): string => {
      const user = new Dict([
        ['role', 'user'],
        ['content', content],
      ]);
      const system = new Dict([
        ['role', 'system'],
        ['content', 'x'],
      ]);
      // Some templates want a system message first, and those for tools want tools.
      for (const tools of [null, toValue([PROBE_TOOL])])
        for (const messages of [[user], [system, user]])
          try {
            return text(jinja.render({ ...this.constants, messages, tools, documents: null, add_generation_prompt: false }));
          } catch (error) {
            if (!(error instanceof TemplateError)) throw error;
            refusal ??= error;
          }
      return '';
    };
    const part = (word: string): Dict =>
      new Dict([
        ['type', 'text'],
        ['text', word],
      ]);
    const isRaw = (rendered: string): boolean => /["']type["']/.test(rendered);
    const string = attempt(words[0]).includes(words[0]);
    /** A text and a medium of this type, both written. */
    const written = (type: string): boolean => {
      const listed = attempt([part(words[0]), new Dict([['type', type]])]);
      return listed.includes(words[0]) && listed.includes(this.imageToken) && !isRaw(listed);
    };
    const texts = attempt(words.map(part));
    const textParts = words.every((word) => texts.includes(word)) && !isRaw(texts);
    const images = written('image');
    const sounds = this.takesImages && !images && written('audio');
    const parts = images || sounds;
    if (string || parts) return { string, parts, textParts, sounds };
    // A model of texts alone needs no placeholders.
    if (textParts && !this.takesImages) return { string, parts, textParts, sounds };
    if (refusal) throw this.failure('the chat template refuses a user message', refusal);
    throw new SensoriumError('text.template', 'the template does not write the content of a user message', {
      place: this.place,
      hint: `It must write string content, or parts with ${this.imageToken} for images`,
    });
  }

  private run(messages: readonly ChatMessage[], { addGenerationPrompt = false, continueFinalMessage, variables = {} }: RenderOptions): Str {
    const { tools = null, documents = null, ...others } = variables;
    const { jinja, forms, source } = tools === null ? this.main : this.withTools;
    const video = this.videoIsImage ? this.imageToken : this.videoToken;
    const placeholders = { image: this.imageToken, video, region: this.options.region, place: this.place };
    try {
      const values = messages.map((message, i) => messageValue(message, i, forms, placeholders));
      const outside: Source = { message: -1, isContent: false };
      const last = values.at(-1);
      if (continueFinalMessage && last)
        this.appendTag(last, messages, continueFinalMessage === true ? 'content' : continueFinalMessage, source);
      const given = Object.entries(others).map(([name, value]) => [name, toValue(value, name.endsWith('_token') ? undefined : outside)]);
      return jinja.render({
        ...this.constants,
        ...Object.fromEntries(given),
        messages: values,
        tools: toValue(tools, outside),
        documents: toValue(documents, outside),
        add_generation_prompt: addGenerationPrompt,
      });
    } catch (cause) {
      if (cause instanceof TemplateError) throw this.failure('the chat template refuses these messages', cause);
      throw cause;
    }
  }

  private cannotContinue(summary: string, expected: string): SensoriumError {
    return new SensoriumError('text.messages', summary, { place: 'continueFinalMessage', expected });
  }

  /** Marks the end of the text to continue: of the last text part where content is in parts, and of every name that thoughts go by. */
  private appendTag(message: Dict, messages: readonly ChatMessage[], key: string, source: string): void {
    const tag = marked(CONTINUE, { message: messages.length - 1, isContent: false } satisfies Source);
    const value = message.get(key);
    if (value === undefined || value instanceof Blank)
      throw this.cannotContinue('the last message has nothing to continue', `a last message with ${key}`);
    const names = ['reasoning_content', 'thinking', 'reasoning'];
    const keys = names.includes(key) ? names.filter((name) => message.has(name)) : [key];
    if (!keys.some((name) => source.includes(name)))
      throw this.cannotContinue('the chat template does not write what is to be continued', `a template that writes ${key}`);
    const parts = Array.isArray(value) ? value : [];
    const part = parts.findLast((one): one is Dict => one instanceof Dict && one.has('text'));
    const given = messages.at(-1)?.[key];
    const hasText =
      typeof given === 'string' || (Array.isArray(given) && given.some((one: { text?: unknown }) => typeof one?.text === 'string'));
    if (!hasText || (Array.isArray(value) && !part)) throw this.cannotContinue('the last message has no text to continue', 'a text part');
    if (part) part.set('text', concat([part.get('text') as Str, tag]));
    else for (const name of keys) message.set(name, concat([message.get(name) as Str, tag]));
  }

  /** Cuts the text where the message to continue ends. */
  private cutAtEnd(rendered: Str, messages: readonly ChatMessage[], key: boolean | string): Str {
    const value = messages.at(-1)?.[key === true ? 'content' : (key as string)];
    const parts = Array.isArray(value) ? (value as { text?: unknown }[]) : [{ text: value }];
    const final = String(parts.findLast((part) => typeof part.text === 'string')?.text ?? '');
    const whole = text(rendered);
    const at = whole.lastIndexOf(CONTINUE.trim());
    if (at < 0 || !whole.includes(final.trim()))
      throw new SensoriumError('text.template', 'the template changes the message that is to be continued', {
        place: this.place,
        expected: `text that holds ${JSON.stringify(final.trim().slice(-60))}`,
        hint: 'Open a reply instead (addGenerationPrompt)',
      });
    const before = cut(rendered, 0, at);
    // A template that keeps white space keeps the tag's own; where it trims, the space before goes too.
    return whole.startsWith(CONTINUE, at) ? before : strip(before, undefined, false, true);
  }
}

/** Tokens that templates know by name, as transformers' `special_tokens_map` has them: `bos_token`, `pad_token`, and a model's own such as `image_token`. */
export function templateTokens({ config }: Pick<Tokenizer, 'config'>): Record<string, string> {
  const extra = config.extra_special_tokens;
  const named = typeof extra === 'object' && extra !== null && !Array.isArray(extra) ? Object.entries(extra) : [];
  const out: Record<string, string> = {};
  for (const [key, value] of [...Object.entries(config).filter(([name]) => name.endsWith('_token')), ...named]) {
    const content = tokenContent(value);
    if (content !== undefined) out[key] = content;
  }
  return out;
}
