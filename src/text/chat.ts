// Chat templates (Jinja): messages to text, with the spans of the assistant's replies recorded while rendering and no way for content to inject special tokens.

import { Template } from '@huggingface/jinja';
import { ifThere, SensoriumError } from '../util/errors.js';
import type { ChatLayout } from './layout.js';
import { type ChatMessage, type ContentPart, checkMessages } from './messages.js';
import { escapeRegExp, type TextPiece, type Tokenizer } from './tokenizer.js';
import { tokenContent } from './tokenizer-json.js';

/** Special tokens of our own models; their ids are their indices. `<|text|>` begins a plain document, `<|end|>` ends documents and turns. */
export const SPECIAL_TOKENS = ['<|pad|>', '<|end|>', '<|user|>', '<|assistant|>', '<|text|>', '<image>'] as const;

/** tokenizer_config.json that goes with `SPECIAL_TOKENS`. */
export const DEFAULT_TOKENIZER_CONFIG = {
  tokenizer_class: 'PreTrainedTokenizerFast',
  bos_token: null,
  eos_token: '<|end|>',
  pad_token: '<|pad|>',
  image_token: '<image>',
  additional_special_tokens: ['<|user|>', '<|assistant|>', '<|text|>', '<image>'],
  add_bos_token: false,
  add_eos_token: false,
  clean_up_tokenization_spaces: false,
};

/** `<|user|>question<|end|><|assistant|>reply<|end|>`; a system message is a document before the conversation. */
export const DEFAULT_TEMPLATE = `{%- for message in messages -%}
{%- if message.role == 'user' -%}{{ '<|user|>' }}
{%- elif message.role == 'assistant' -%}{{ '<|assistant|>' }}
{%- elif message.role == 'system' -%}{{ '<|text|>' }}
{%- else -%}{{ raise_exception('this model knows the roles system, user and assistant, not ' + message.role) }}
{%- endif -%}
{%- if message.content is string -%}{{ message.content }}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type == 'image' -%}{{ '<image>' }}{%- else -%}{{ part.text }}{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{- '<|end|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}
`;

/** [start, end) in UTF-16 code units of the rendered text. */
export type Span = [start: number, end: number];

export interface RenderedChat {
  /** What the template wrote. Content is verbatim: encode `pieces`, not this, when any of it is not trusted. */
  text: string;
  /** The same text in pieces: special tokens of the template, and everything else. */
  pieces: TextPiece[];
  /** The assistant's replies, each with its end-of-turn token. Empty replies and replies that the template leaves out have none. */
  spans: Span[];
  /** Image placeholders in `pieces`. */
  images: number;
  /** Video placeholders in `pieces`. */
  videos: number;
}

export interface ChatTemplateOptions {
  /** Every special token of the tokenizer. */
  specialTokens: Iterable<string>;
  /** Default `<image>`. */
  imageToken?: string;
  /** Of models that take videos. */
  videoToken?: string;
  bosToken?: string;
  eosToken?: string;
  /** Tokens that may end a turn. Default: `eosToken` and every special token that reads like an end. */
  endTokens?: Iterable<string>;
  /** How the model's ids differ from what the template writes; see `ChatLayout`. */
  layout?: ChatLayout;
  /** For messages. */
  place?: string;
}

export interface RenderOptions {
  /** Ends with the opening of a reply. Default false. */
  addGenerationPrompt?: boolean;
  /** More variables for the template, such as `tools`. */
  variables?: Readonly<Record<string, unknown>>;
}

/** Marks put around content while rendering: private-use characters that occur in no message and not in the template. */
interface Marks {
  start: string;
  end: string;
  /** Before a character of content that could begin a special token. */
  guard: string;
}

type Prepared = Record<string, unknown> & { role: string };

/** A compiled chat template together with the special tokens it may write. */
export class ChatTemplate {
  readonly imageToken: string;
  readonly videoToken: string | undefined;
  readonly endTokens: ReadonlySet<string>;
  readonly layout: ChatLayout;
  private readonly place: string;
  private readonly template: Template;
  private readonly specials: readonly string[];
  private readonly firsts: ReadonlySet<string>;
  private readonly constants: Readonly<Record<string, string>>;
  /** How content is handed over: as parts, or as one string with image tokens in it. */
  private readonly takes: { string: boolean; parts: boolean };
  private scanner: { key: string; regex: RegExp } | undefined;

  /** Throws `text.template` for a template that does not compile or cannot render a user message. */
  constructor(
    readonly source: string,
    options: ChatTemplateOptions,
  ) {
    this.place = options.place ?? 'chat template';
    this.layout = options.layout ?? {};
    this.imageToken = options.imageToken ?? '<image>';
    this.videoToken = options.videoToken;
    const specials = new Set(options.specialTokens);
    const { bosToken = '', eosToken = '' } = options;
    this.endTokens = new Set(options.endTokens ?? [...specials].filter((t) => t === eosToken || /end|eot|eom|<\/s>/i.test(t)));
    specials.add(this.imageToken);
    if (this.videoToken !== undefined) specials.add(this.videoToken);
    this.specials = [...specials].filter((t) => t !== '').sort((a, b) => b.length - a.length);
    this.firsts = new Set(this.specials.map((t) => t.charAt(0)));
    this.constants = { bos_token: bosToken, eos_token: eosToken };
    try {
      this.template = new Template(withPlainBackslashes(source));
    } catch (cause) {
      throw this.failure('the chat template does not compile', cause);
    }
    this.takes = this.probe();
  }

  /** The template of a tokenizer: `source`, else the one in its config, else ours when it has our special tokens. */
  static forTokenizer(tokenizer: Tokenizer, source?: string, place = tokenizer.place): ChatTemplate {
    const { config, specialTokens } = tokenizer;
    const ours = SPECIAL_TOKENS.every((t) => specialTokens.has(t)) ? DEFAULT_TEMPLATE : undefined;
    const chosen = source ?? templateOf(config.chat_template) ?? ours;
    if (chosen === undefined)
      throw new SensoriumError('text.template', 'the model has no chat template', {
        place,
        expected: 'chat_template.jinja, or chat_template in tokenizer_config.json',
        hint: 'Add the file, or use the model on plain text',
      });
    const image = tokenizer.specialIds.image;
    return new ChatTemplate(chosen, {
      specialTokens: specialTokens.keys(),
      imageToken: (image === undefined ? undefined : tokenizer.token(image)) ?? '<image>',
      bosToken: tokenContent(config.bos_token),
      eosToken: tokenContent(config.eos_token),
      place,
    });
  }

  /** Reads `chat_template.jinja` from a model folder, falling back as `forTokenizer` does. */
  static async fromFolder(dir: string, tokenizer: Tokenizer): Promise<ChatTemplate> {
    const { readText } = await import('../util/fs.js');
    const path = `${dir}/chat_template.jinja`;
    const source = await ifThere(() => readText(path));
    return ChatTemplate.forTokenizer(tokenizer, source, source === undefined ? dir : path);
  }

  /**
   * Renders a conversation. The spans of replies come from marks that travel through the template with the content.
   * Throws `text.messages` for bad messages, `text.template` where the template refuses or rewrites replies.
   */
  render(messages: readonly ChatMessage[], options: RenderOptions = {}): RenderedChat {
    checkMessages(messages);
    const marks = this.chooseMarks(messages);
    const marked = this.run(messages, marks, options, 'whole');
    const hasReply = messages.some((m) => m.role === 'assistant');
    if (!hasReply || this.source === DEFAULT_TEMPLATE) return this.scan(marked, marks);
    // Marks must not change what is written: a template that trims replies gets its marks inside the white space.
    const unmarked = this.run(messages, marks, options, 'none');
    const strip = new RegExp(`[${marks.start}${marks.end}]`, 'g');
    if (marked.replace(strip, '') === unmarked) return this.scan(marked, marks);
    const inner = this.run(messages, marks, options, 'trimmed');
    if (inner.replace(strip, '') === unmarked) return this.scan(inner, marks);
    throw new SensoriumError('text.template', 'the template rewrites replies, so their place in the text cannot be recorded', {
      place: this.place,
      hint: 'Use a template that writes the content of assistant messages as it is',
    });
  }

  private failure(summary: string, cause: unknown): SensoriumError {
    return new SensoriumError('text.template', summary, {
      place: this.place,
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }

  private probe(): { string: boolean; parts: boolean } {
    const word = 'qjxz';
    const attempt = (content: unknown): string => {
      try {
        return this.template.render({ ...this.constants, messages: [{ role: 'user', content }], add_generation_prompt: false });
      } catch {
        return ''; // a template that refuses this form of content is asked with the other one
      }
    };
    const string = attempt(word).includes(word);
    const listed = attempt([{ type: 'text', text: word }, { type: 'image' }]);
    const parts = listed.includes(word) && listed.includes(this.imageToken) && !/\[object|["']type["']/.test(listed);
    if (string || parts) return { string, parts };
    throw new SensoriumError('text.template', 'the template does not write the content of a user message', {
      place: this.place,
      hint: `It must write string content, or parts with ${this.imageToken} for images`,
    });
  }

  private run(messages: readonly ChatMessage[], marks: Marks, options: RenderOptions, around: 'whole' | 'trimmed' | 'none'): string {
    const prepared = messages.map((message) => this.prepare(message, marks, around));
    try {
      return this.template.render({
        ...this.constants,
        ...options.variables,
        messages: prepared,
        add_generation_prompt: options.addGenerationPrompt ?? false,
      });
    } catch (cause) {
      throw this.failure('the chat template refuses these messages', cause);
    }
  }

  /** A message as the template gets it: strings guarded, replies marked, content in the form that the template takes. */
  private prepare(message: ChatMessage, marks: Marks, around: 'whole' | 'trimmed' | 'none'): Prepared {
    const { role, content, ...rest } = message;
    const out: Prepared = { ...(this.guardDeep(rest, marks) as Record<string, unknown>), role };
    const parts: ContentPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : [...(content ?? [])];
    if (this.videoToken === undefined && parts.some(({ type }) => type === 'video'))
      throw new SensoriumError('text.messages', 'this model takes no videos', { place: this.place, hint: 'Send frames as images' });
    const texts = parts.map((part) => (part.type === 'text' ? this.guard(part.text, marks) : undefined));
    if (role === 'assistant' && around !== 'none') mark(texts, marks, around);
    if ((typeof content === 'string' || !content) && this.takes.string) out.content = texts[0] ?? '';
    else if (this.takes.parts)
      out.content = parts.map(({ type }, i) =>
        texts[i] === undefined ? { type: type === 'video' ? type : 'image' } : { type: 'text', text: texts[i] },
      );
    else out.content = parts.map(({ type }, i) => texts[i] ?? (type === 'video' ? this.videoToken : this.imageToken)).join('');
    return out;
  }

  /** Puts a guard before each place where content spells a special token, or ends like the beginning of one. */
  private guard(text: string, marks: Marks): string {
    let out = '';
    let done = 0;
    for (let i = 0; i < text.length; i++) {
      if (!this.firsts.has(text.charAt(i))) continue;
      const rest = text.length - i;
      if (!this.specials.some((s) => (rest >= s.length ? text.startsWith(s, i) : s.startsWith(text.slice(i))))) continue;
      out += text.slice(done, i) + marks.guard;
      done = i;
    }
    return out + text.slice(done);
  }

  private guardDeep(value: unknown, marks: Marks): unknown {
    if (typeof value === 'string') return this.guard(value, marks);
    if (Array.isArray(value)) return value.map((v) => this.guardDeep(v, marks));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [this.guard(k, marks), this.guardDeep(v, marks)]));
  }

  /** Three private-use characters that nobody else uses in this conversation. */
  private chooseMarks(messages: readonly ChatMessage[]): Marks {
    const used = new Set<string>();
    const collect = (value: unknown): void => {
      if (typeof value === 'string') for (const c of value.match(/[\uE000-\uF8FF]/g) ?? []) used.add(c);
      // Pixels and files are not text: there may be millions of them.
      else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
        for (const [k, v] of Object.entries(value)) {
          collect(k);
          collect(v);
        }
    };
    collect(this.source);
    collect(messages);
    const free: string[] = [];
    for (let c = 0xe000; c <= 0xf8ff && free.length < 3; c++) if (!used.has(String.fromCharCode(c))) free.push(String.fromCharCode(c));
    const [start, end, guard] = free;
    if (start === undefined || end === undefined || guard === undefined)
      throw new SensoriumError('text.messages', 'the messages use every private-use character', {
        hint: 'Remove U+E000 to U+F8FF from the text',
      });
    return { start, end, guard };
  }

  /** Takes the marks out of the rendered text and notes what they marked. */
  private scan(marked: string, marks: Marks): RenderedChat {
    const key = marks.start + marks.end + marks.guard;
    if (this.scanner?.key !== key)
      this.scanner = { key, regex: new RegExp(`[${key}]|(?<!${marks.guard})(?:${this.specials.map(escapeRegExp).join('|')})`, 'gu') };
    let text = '';
    let plain = '';
    let done = 0;
    let open: number | undefined;
    let images = 0;
    let videos = 0;
    const pieces: TextPiece[] = [];
    const spans: Span[] = [];
    const ends = new Map<number, number>(); // start of an end-of-turn token -> its end
    for (const match of marked.matchAll(this.scanner.regex)) {
      const before = marked.slice(done, match.index);
      text += before;
      plain += before;
      const found = match[0];
      done = match.index + found.length;
      if (found === marks.guard) continue;
      if (found === marks.start) {
        if (open !== undefined) throw this.failure('the template writes a reply inside a reply', 'nested marks');
        open = text.length;
      } else if (found === marks.end) {
        if (open === undefined) throw this.failure('the template writes the end of a reply without its beginning', 'a mark alone');
        spans.push([open, text.length]);
        open = undefined;
      } else {
        if (plain !== '') pieces.push({ text: plain, special: false });
        plain = '';
        pieces.push({ text: found, special: true });
        if (found === this.imageToken) images++;
        if (found === this.videoToken) videos++;
        if (this.endTokens.has(found)) ends.set(text.length, text.length + found.length);
        text += found;
      }
    }
    if (open !== undefined) throw this.failure('the template cuts a reply', 'a mark alone');
    plain += marked.slice(done);
    text += marked.slice(done);
    if (plain !== '') pieces.push({ text: plain, special: false });
    for (const span of spans) {
      let at = span[1];
      while (at < text.length && /\s/.test(text.charAt(at))) at++;
      span[1] = ends.get(at) ?? span[1];
    }
    return { text, pieces, spans, images, videos };
  }
}

/** Jinja keeps a backslash before a character that it does not escape (LLaVA-NeXT's `'<\\s>'`); the library refuses it unless it is doubled. */
function withPlainBackslashes(source: string): string {
  return source.replace(/\{[{%][\s\S]*?[%}]\}/g, (code) =>
    code.replace(/\\([\s\S])/g, (pair, next) => (/[ntrbfvxu'"\\]/.test(next) ? pair : `\\${pair}`)),
  );
}

/** Puts the marks around the text of a reply: before its first and after its last text part. */
function mark(texts: (string | undefined)[], marks: Marks, around: 'whole' | 'trimmed'): void {
  const filled = texts.flatMap((text, i) => (text !== undefined && text.trim() !== '' ? [i] : []));
  const first = filled[0];
  const last = filled[filled.length - 1];
  if (first === undefined || last === undefined) return;
  const place = (text: string, where: number, sign: string): string => text.slice(0, where) + sign + text.slice(where);
  const lastText = texts[last] as string;
  texts[last] = place(lastText, around === 'whole' ? lastText.length : lastText.trimEnd().length, marks.end);
  const firstText = texts[first] as string;
  texts[first] = place(firstText, around === 'whole' ? 0 : firstText.length - firstText.trimStart().length, marks.start);
}

/** `chat_template` of tokenizer_config.json: a string, or a list of named ones of which `default` is taken. */
function templateOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const named = value as { name?: unknown; template?: unknown }[];
  const chosen = named.find((t) => t?.name === 'default') ?? named[0];
  return typeof chosen?.template === 'string' ? chosen.template : undefined;
}
