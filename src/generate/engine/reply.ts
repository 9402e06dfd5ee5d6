// What a request says in an engine, token by token: the choice of the next one, its text, stop strings, the limit, events for the reader.

import type { Tokenizer } from '../../text/index.js';
import { RowChooser, type TokenChoice } from '../processors/row.js';
import type { ResolvedOptions } from '../resolve.js';
import { StoppingText } from '../stops.js';
import type { FinishReason } from '../tokens.js';
import type { TokenStream, Usage } from './token-stream.js';

/** What a reply is made with. */
export interface ReplyParts {
  tokenizer: Tokenizer | undefined;
  options: ResolvedOptions;
  /** Ids that penalties count as already generated. */
  promptIds: ArrayLike<number>;
}

/** A reply in the making, whatever row of whatever model gives its logits. */
export abstract class Reply {
  /** Nothing more is to be computed for it. */
  done = false;
  private readonly chooser: RowChooser;
  private readonly decoded: ReturnType<Tokenizer['stream']> | undefined;
  private readonly text: StoppingText;

  constructor(
    readonly stream: TokenStream,
    private readonly parts: ReplyParts,
  ) {
    const { tokenizer, promptIds, options } = parts;
    this.chooser = RowChooser.create(tokenizer, promptIds, options.choose, options.endIds);
    this.text = new StoppingText(options.stops);
    this.decoded = tokenizer?.stream({ skipSpecial: true, skipUnknown: true });
  }

  /** Tokens so far. */
  get generated(): readonly number[] {
    return this.chooser.ids;
  }
  /** Tokens that may still come. */
  get remaining(): number {
    return this.parts.options.limit - this.generated.length;
  }

  /** Chooses a token from the logits after the last position and gives it to the reader. Returns true when the reply ends with it. */
  accept(logits: Float32Array, logSum: number): boolean {
    const token = this.chooser.choose(logits, logSum);
    if (this.chooser.isEnd(token.id)) return this.finish('stop', this.rest().text);
    this.chooser.accept(token.id);
    const fresh = this.text.push(this.decoded?.push(token.id) ?? '', this.generated.length >= this.parts.options.minTokens);
    if (fresh.stopped) return this.finish('stop', fresh.text, token);
    if (this.chooser.ended || this.remaining <= 0) {
      const { text, stopped } = this.rest();
      return this.finish(stopped || this.chooser.ended ? 'stop' : 'length', fresh.text + text, token);
    }
    this.stream.push({ text: fresh.text, token });
    return false;
  }

  private rest(): { text: string; stopped: boolean } {
    return this.text.end(this.decoded?.end() ?? '');
  }

  /** What the request took. */
  protected abstract usage(): Usage;

  private finish(finish: FinishReason, text: string, token?: TokenChoice): true {
    this.stream.push({ text, ...(token ? { token } : {}), finish, usage: this.usage() });
    this.stream.end();
    this.done = true;
    return true;
  }
}
