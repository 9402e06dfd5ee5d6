// The text of a reply token by token, what the model thinks apart from what it says.

import { type DecodeStream, opensThinking, type ThinkingMarks, type Tokenizer, thinkingMarks } from '../text/index.js';

/** Text that is certain by now. */
export interface SplitText {
  text: string;
  /** Absent where nothing was thought. */
  thinking?: string;
}

/** Decodes the tokens of one reply; marks of thinking are in neither text. `apart` false leaves all in the text, marks included. */
export class ThinkingText {
  private readonly decoded: DecodeStream;
  private readonly marks: ThinkingMarks | undefined;
  /** The next token is thought, not said. */
  inside: boolean;
  /** Nothing but white space has come on this side of the last mark. */
  private blank: boolean;

  constructor(tokenizer: Tokenizer, promptIds: ArrayLike<number>, apart = true) {
    this.decoded = tokenizer.stream({ skipSpecial: true, skipUnknown: true });
    this.marks = apart ? thinkingMarks(tokenizer) : undefined;
    this.inside = this.marks !== undefined && opensThinking(promptIds, this.marks, tokenizer);
    this.blank = this.inside;
  }

  /** Adds a token. */
  push(id: number): SplitText {
    const { marks } = this;
    if (id !== marks?.open && id !== marks?.close) return this.on(this.decoded.push(id));
    const rest = this.on(this.decoded.end());
    this.inside = id === marks.open;
    this.blank = true;
    return this.inside ? { thinking: '', ...rest } : rest;
  }

  /** What is left at the end of the reply. */
  end(): SplitText {
    return this.on(this.decoded.end());
  }

  /** Text on the side that the reply is on, without the white space that follows a mark. */
  private on(text: string): SplitText {
    const own = this.blank ? text.trimStart() : text;
    if (own !== '') this.blank = false;
    return this.inside ? { text: '', thinking: own } : { text: own };
  }
}

/** A whole reply, as `ThinkingText` splits it. */
export function splitReply(tokenizer: Tokenizer, promptIds: ArrayLike<number>, ids: readonly number[], apart = true): SplitText {
  if (!apart || !thinkingMarks(tokenizer)) return { text: tokenizer.decode(ids, { skipSpecial: true, skipUnknown: true }) };
  const decoded = new ThinkingText(tokenizer, promptIds);
  const pieces = [...ids.map((id) => decoded.push(id)), decoded.end()];
  const thinking = pieces.flatMap((piece) => piece.thinking ?? []);
  return { text: pieces.map(({ text }) => text).join(''), ...(thinking.length > 0 ? { thinking: thinking.join('') } : {}) };
}
