// Texts to ids in a worker thread. A thread makes the tokenizer and the template of a model once, out of JSON that all threads share.

import { defineJob } from '../util/jobs.js';
import { ChatTemplate, type ChatTemplateOptions, type RenderOptions } from './chat.js';
import type { ChatMessage } from './messages.js';
import { exceeds, type PromptSize } from './prompt-length.js';
import { Tokenizer } from './tokenizer.js';
import { type WrittenPrompt, writePrompt } from './written.js';

/** A value as JSON in shared memory, with a number under which threads keep what they make of it. */
export interface SharedJson {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** A text, or a conversation, and what makes ids of it. */
export interface TextInput {
  readonly tokenizer: SharedJson;
  /** Of conversations. */
  readonly template?: SharedJson;
  readonly messages?: readonly ChatMessage[];
  readonly render?: RenderOptions;
  readonly texts?: readonly string[];
  /** Special tokens that the texts spell are read as such. */
  readonly special?: boolean;
  /** What is certainly longer is not tokenized. */
  readonly size?: PromptSize;
}

/** What a tokenizer is made of. */
export interface TokenizerParts {
  json: unknown;
  config: unknown;
  place: string;
}

/** What a template is made of. */
export interface TemplateParts {
  source: string;
  options: ChatTemplateOptions;
}

/** Things that a thread keeps. */
const MOST_KEPT = 8;
const kept = new Map<number, unknown>();

/** What `make` made of a value, now or before. */
function made<T, P>({ id, bytes }: SharedJson, make: (parts: P) => T): T {
  const value = kept.get(id) ?? make(JSON.parse(Buffer.from(bytes).toString('utf8')) as P);
  kept.delete(id); // the latest is last
  kept.set(id, value);
  if (kept.size > MOST_KEPT) for (const oldest of [...kept.keys()].slice(0, 1)) kept.delete(oldest);
  return value as T;
}

const tokenizerOf = (parts: SharedJson): Tokenizer =>
  made(parts, ({ json, config, place }: TokenizerParts) => Tokenizer.fromJson(json, config, place));

/** Writes a prompt; `exceeded` for one that is certainly longer than allowed, with a number of tokens that it has at least. */
export function writeMessages({ tokenizer, template, messages = [], render, size }: TextInput): WrittenPrompt | { exceeded: number } {
  const ours = tokenizerOf(tokenizer);
  const exceeded = size && exceeds(ours, messages, size);
  if (exceeded !== undefined) return { exceeded };
  const chat = made(template as SharedJson, ({ source, options }: TemplateParts) => new ChatTemplate(source, options));
  return writePrompt(messages, { tokenizer: ours, template: chat, ...render });
}

/** Ids of texts; `exceeded` as above, for the first text. */
export function encodeTexts({ tokenizer, texts = [], special, size }: TextInput): Int32Array[] | { exceeded: number } {
  const ours = tokenizerOf(tokenizer);
  const exceeded = size && exceeds(ours, texts[0] as string, size);
  if (exceeded !== undefined) return { exceeded };
  return texts.map((text) => Int32Array.from(ours.encode(text, { special })));
}

/** `writeMessages` in a worker thread. */
export const writeJob = defineJob(import.meta.url, writeMessages);
/** `encodeTexts` in a worker thread. */
export const encodeJob = defineJob(import.meta.url, encodeTexts);
