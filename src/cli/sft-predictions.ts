// Held-out questions of a fine-tuning run, answered by the model before and after it.

import type { Conversation, Dataset } from '../data/index.js';
import { responderOf } from '../evaluate/responder.js';
import { Mllm } from '../generate/mllm.js';
import type { ChatMessage, ContentPart } from '../text/index.js';
import { splitRows } from '../train/holdout.js';
import type { PreparedSft, SftOptions } from '../train/sft.js';
import type { Prediction } from './sft-report.js';

/** Held-out conversations that are answered before and after. */
const SHOWN = 32;

/** A held-out conversation up to its last reply. */
export interface Held {
  messages: readonly ChatMessage[];
  about: Omit<Prediction, 'before' | 'after' | 'right'>;
}

/** The first held-out conversations, each up to its last reply. */
export async function heldOut(data: Dataset<Conversation>, { holdout, seed }: Pick<SftOptions, 'holdout' | 'seed'>): Promise<Held[]> {
  if (holdout === 0) return [];
  const { held } = splitRows(data.length, { share: holdout, seed });
  const out: Held[] = [];
  for (const index of held.slice(0, SHOWN)) {
    const { messages, at } = await data.get(index);
    const last = messages.at(-1) as ChatMessage;
    if (last.role !== 'assistant' || typeof last.content !== 'string') continue;
    const asked = messages.slice(0, -1);
    const images = asked.flatMap(partsOf).filter((part) => part.type !== 'text').length;
    // What is asked is what stands behind the reply before.
    const start = asked.findLastIndex(({ role }) => role === 'assistant') + 1;
    const question = asked
      .slice(start)
      .filter(({ role }) => role !== 'system')
      .map(textOf)
      .join(' ')
      .trim();
    const earlier = asked.slice(0, start).map((message) => ({ role: message.role, text: textOf(message) }));
    const about = { file: at.file, row: at.row, ...(earlier.length > 0 ? { earlier } : {}), question, images, answer: last.content };
    out.push({ messages: asked, about });
  }
  return out;
}

const partsOf = ({ content }: ChatMessage): readonly ContentPart[] =>
  typeof content === 'string' ? [{ type: 'text' as const, text: content }] : (content ?? []);

const textOf = (message: ChatMessage): string =>
  partsOf(message)
    .flatMap((part) => (part.type === 'text' ? [String((part as { text: string }).text)] : []))
    .join(' ')
    .trim();

/** The model's replies, one by one. */
export async function replies(
  model: PreparedSft['model'],
  held: readonly Held[],
  signal: AbortSignal,
  onReply: (done: number) => void,
): Promise<string[]> {
  if (held.length === 0) return [];
  const answerer = Mllm.of(model);
  try {
    const responder = await responderOf(answerer);
    const out: string[] = [];
    for (const { messages } of held) {
      out.push(...(await responder.replies([messages], { maxTokens: 48, signal })));
      onReply(out.length);
    }
    return out;
  } finally {
    await answerer.dispose();
  }
}
