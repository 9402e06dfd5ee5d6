// A reply in the making: the choice of each token, end tokens, stop strings, the limit, and the text so far. Every loop and engine uses it.

import type { Tokenizer } from '../text/index.js';
import { RowChooser, type TokenChoice, type Within } from './processors/row.js';
import type { ResolvedOptions } from './resolve.js';
import { StoppingText } from './stops.js';
import { type SplitText, ThinkingText } from './thinking-text.js';

/** `stop`: an end token, a stop string or a complete response format; `length`: the limit. */
export type FinishReason = 'stop' | 'length';

/** A part of a reply as it is made. */
export interface Piece {
  /** What the model says; stop strings end it. */
  text: string;
  /** What it thinks before it says something, of models that mark their thinking. */
  thinking?: string;
  /** The token, absent where the reply ends with an end token. */
  token?: TokenChoice;
  /** The end token, where the reply ends with one. */
  end?: TokenChoice;
  /** On the last piece. */
  finish?: FinishReason;
}

/** What a reply is made with. */
export interface ReplyParts {
  tokenizer: Tokenizer | undefined;
  options: ResolvedOptions;
  /** Ids that penalties count as already generated. */
  promptIds: ArrayLike<number>;
  /** False for a reply in ids, which has neither text nor stop strings. */
  text?: boolean;
}

/** The state of one reply, whatever gives its logits. */
export class ReplyBuilder {
  /** The token chosen last, an end token included. */
  choice: TokenChoice | undefined;
  private readonly chooser: RowChooser;
  private readonly decoded: ThinkingText | undefined;
  private readonly text: StoppingText;

  /** Throws `generate.option` and `constrain.*`. */
  constructor(private readonly parts: ReplyParts) {
    const { tokenizer, promptIds, options, text = true } = parts;
    this.chooser = RowChooser.create(tokenizer, promptIds, options.choose, options.endIds);
    this.text = new StoppingText(text ? options.stops : []);
    this.decoded = text && tokenizer ? new ThinkingText(tokenizer, promptIds, !options.keepThinking) : undefined;
  }

  /** Tokens so far, without an end token. */
  get ids(): readonly number[] {
    return this.chooser.ids;
  }

  /** Tokens that may still come. */
  get remaining(): number {
    return this.parts.options.limit - this.ids.length;
  }

  /** Prepares the next choice where that takes long; undefined where it can be made now. `over`: nobody waits for it any more. */
  prepare(over?: () => boolean): Promise<void> | undefined {
    return this.chooser.prepare(over);
  }

  /**
   * Chooses a token from the logits [vocab] after the last position. Text that could begin a stop string is held back until it is known
   * not to. The piece with `finish` is the last. `within`: see `Logits.within`.
   */
  accept(logits: Float32Array, logSum?: number, within?: Within): Piece {
    const { chooser, parts } = this;
    const token = chooser.choose(logits, logSum, within);
    this.choice = token;
    if (chooser.isEnd(token.id)) {
      const { stopped: _, ...rest } = this.rest();
      return { ...rest, end: token, finish: 'stop' };
    }
    chooser.accept(token.id);
    const { text: said, thinking } = this.decoded?.push(token.id) ?? { text: '' };
    const fresh = this.text.push(said, this.ids.length >= parts.options.minTokens);
    const piece: Piece = { text: fresh.text, ...(thinking === undefined ? {} : { thinking }), token };
    if (fresh.stopped) return { ...piece, finish: 'stop' };
    const { ended } = chooser;
    if (!ended && this.remaining > 0) return piece;
    const { text, thinking: last, stopped } = this.rest();
    if (last !== undefined) piece.thinking = (thinking ?? '') + last;
    return { ...piece, text: fresh.text + text, finish: stopped || ended ? 'stop' : 'length' };
  }

  private rest(): SplitText & { stopped: boolean } {
    const { text, ...thinking } = this.decoded?.end() ?? { text: '' };
    return { ...thinking, ...this.text.end(text) };
  }
}
