// The places of replies in a rendered conversation, for the loss of training: found by where each character came from.

import { SensoriumError } from '../util/errors.js';
import { type Str, text } from './jinja/index.js';
import type { ChatMessage } from './messages.js';
import type { Source, Span } from './rendered.js';

/** Text of one message that nothing of another message interrupts. */
interface Stretch {
  start: number;
  end: number;
  /** All of it is `content`. */
  isContent: boolean;
}

/** A rendered conversation and what the places of its replies are found with. */
export interface SpanSearch {
  messages: readonly ChatMessage[];
  rendered: Str;
  /** End-of-turn tokens, by where they begin. */
  ends: ReadonlyMap<number, number>;
  /** Renders other messages with the same options. */
  render(messages: readonly ChatMessage[], addGenerationPrompt: boolean): Str;
  /** For messages. */
  place: string;
}

/**
 * The spans of all replies with their end-of-turn tokens, in order. Replies that are empty or that the template leaves out have none; one that
 * a tool's result interrupts has several. Errors: `text.template`, with the index of the message, where the template writes something else in
 * place of a reply, or writes it twice.
 */
export function replySpans(search: SpanSearch): Span[] {
  const { messages, rendered } = search;
  const found = stretches(rendered);
  const whole = text(rendered);
  return messages.flatMap((message, i): Span[] => {
    if (message.role !== 'assistant') return [];
    const own = found.get(i);
    if (!own) checkLeftOut(search, i);
    checkOnce(search, i);
    return (own ?? [])
      .filter(({ start, end }) => whole.slice(start, end).trim() !== '')
      .map((stretch, nth) => spanOf(search, stretch, nth === 0 ? i : undefined, found));
  });
}

/** Stretches of each message, in order. */
function stretches(rendered: Str): Map<number, Stretch[]> {
  const out = new Map<number, Stretch[]>();
  let at = 0;
  let last: number | undefined;
  for (const { end, source } of typeof rendered === 'string' ? [] : rendered.runs) {
    const from = source as Source | undefined;
    if (from) {
      const all = out.get(from.message) ?? [];
      out.set(from.message, all);
      const open = last === from.message ? all.at(-1) : undefined;
      if (open) {
        open.end = end;
        open.isContent &&= from.isContent;
      } else all.push({ start: at, end, isContent: from.isContent });
      last = from.message;
    }
    at = end;
  }
  return out;
}

/** `first` is the message's index where the stretch is its first. */
function spanOf(search: SpanSearch, { start, end, isContent }: Stretch, first: number | undefined, found: Map<number, Stretch[]>): Span {
  const whole = text(search.rendered);
  if (isContent) {
    let at = end;
    while (at < whole.length && /\s/.test(whole.charAt(at))) at++;
    return [start, search.ends.get(at) ?? end];
  }
  // Calls and thoughts stand in text of the template that the model has to write, too: from the opening of the reply to its end token.
  const opening = first === undefined ? undefined : openingOf(search, first, whole);
  const next = [...search.ends.keys()].find((at) => at >= end) ?? end;
  const isOwn = ![...found.values()].flat().some((other) => other.start >= end && other.start < next);
  return [Math.min(start, opening ?? start), (isOwn ? search.ends.get(next) : undefined) ?? end];
}

/** Where the reply to the messages before `index` begins, if the text begins as their prompt does. */
function openingOf({ messages, render }: SpanSearch, index: number, whole: string): number | undefined {
  if (index === 0) return undefined;
  try {
    const prompt = text(render(messages.slice(0, index), true));
    return whole.startsWith(prompt) ? prompt.length : undefined;
  } catch (error) {
    if (error instanceof SensoriumError) return undefined; // a template that refuses half a conversation has no such place
    throw error;
  }
}

/** Nothing of the reply is in the text: it was left out (a thought, an old turn), or something else stands for it, which training cannot use. */
function checkLeftOut({ messages, rendered, render, place }: SpanSearch, index: number): void {
  const { content } = messages[index] as ChatMessage;
  if (!content || JSON.stringify(content).length < 3) return;
  const word = { type: 'text' as const, text: 'qjxz' };
  const longer = typeof content === 'string' ? content + word.text : [...content, word];
  const other = render(
    messages.map((one, i) => (i === index ? { ...one, content: longer } : one)),
    false,
  );
  if (!stretches(other).has(index) && text(other) !== text(rendered)) throw lost(place, index, 'something else in its place');
}

/** A reply that is written twice would count twice, and the second place may be anything. */
function checkOnce({ messages, rendered, place }: SpanSearch, index: number): void {
  const { content } = messages[index] as ChatMessage;
  if (typeof rendered === 'string' || typeof content !== 'string') return;
  let at = 0;
  let written = 0;
  for (const { end, source } of rendered.runs) {
    const from = source as Source | undefined;
    if (from?.message === index && from.isContent) written += end - at;
    at = end;
  }
  // Letters may grow in upper case, never to twice their number.
  if (written >= 2 * content.trim().length && written > content.length) throw lost(place, index, 'the reply more than once');
}

function lost(place: string, index: number, got: string): SensoriumError {
  return new SensoriumError('text.template', 'the template rewrites replies, so their place in the text is unknown', {
    place: `${place}, messages[${index}]`,
    expected: 'the text of the reply, once',
    got,
    hint: 'Use a template that writes the content of assistant messages, or leave this conversation out',
  });
}
