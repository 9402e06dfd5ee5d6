// Thinking of published models: the marks around it, which side of them a token is on, and messages of a history without it.

import type { ChatMessage } from './messages.js';
import type { Tokenizer } from './tokenizer.js';

/** The tokens that open and close thinking, and how they are written. */
export interface ThinkingMarks {
  open: number;
  close: number;
  written: readonly [open: string, close: string];
}

/** Pairs that models have as tokens of their own: Qwen3, SmolLM3, DeepSeek-R1; Magistral; Kimi-VL; Seed-OSS. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['<think>', '</think>'],
  ['[THINK]', '[/THINK]'],
  ['◁think▷', '◁/think▷'],
  ['<seed:think>', '</seed:think>'],
];

const known = new WeakMap<Tokenizer, { marks: ThinkingMarks | undefined }>();

/** The marks of a tokenizer; undefined where it has none as tokens, as models that do not think. */
export function thinkingMarks(tokenizer: Tokenizer): ThinkingMarks | undefined {
  let found = known.get(tokenizer);
  if (!found) {
    const [marks] = PAIRS.flatMap((written): ThinkingMarks[] => {
      const [open, close] = written.map((mark) => tokenizer.tokenId(mark));
      return open === undefined || close === undefined ? [] : [{ open, close, written }];
    });
    found = { marks };
    known.set(tokenizer, found);
  }
  return found.marks;
}

/** Whether a prompt leaves thinking open: its last token that is not white space opens it, as templates of models that always think end. */
export function opensThinking(promptIds: ArrayLike<number>, { open }: ThinkingMarks, tokenizer: Tokenizer): boolean {
  for (let i = promptIds.length - 1; i >= 0; i--) {
    const id = promptIds[i] as number;
    if (id === open) return true;
    if (tokenizer.decode([id], { skipUnknown: true }).trim() !== '' || tokenizer.isSpecial(id)) return false;
  }
  return false;
}

/** A reply with its thinking in front of it between marks; the reply alone where there is none. */
export function withThinking({ text, thinking }: { text: string; thinking?: string }): string {
  return thinking === undefined ? text : `<think>${thinking}</think>${text}`;
}

/**
 * Messages of a history whose replies hold no thinking: what stands between the marks at the beginning of a reply goes to
 * `reasoning_content`, which a template may read, or not. The last message stays where it is the one to be continued.
 */
export function historyWithoutThinking<M extends ChatMessage>(messages: readonly M[], { written }: ThinkingMarks): readonly M[] {
  if (!messages.some(({ role, content }) => role === 'assistant' && typeof content === 'string' && content.includes(written[1])))
    return messages;
  return messages.map((message, i) => {
    const { role, content } = message;
    if (role !== 'assistant' || typeof content !== 'string' || i === messages.length - 1) return message;
    const at = content.indexOf(written[1]);
    if (at < 0) return message;
    const start = content.indexOf(written[0]);
    const thought = content.slice(start >= 0 && start < at ? start + written[0].length : 0, at).trim();
    const text = content.slice(at + written[1].length).trimStart();
    return { reasoning_content: thought, ...message, content: text };
  });
}
