// What a request says in an engine, token by token: the choice of the next one, its text, stop strings, the limit, events for the reader.

import type { Tokenizer } from '../../text/index.js';
import { RowChooser, type TokenChoice } from '../processors/row.js';
import { danglingStop, firstStop } from '../stops.js';
import type { FinishReason, GenerateOptions } from '../tokens.js';
import type { TokenStream, Usage } from './token-stream.js';

/** What a reply is made with. */
export interface ReplyParts {
  tokenizer: Tokenizer | undefined;
  endTokens: readonly number[];
  /** Most tokens to generate. */
  limit: number;
  /** What penalties count as said before. */
  promptIds: ArrayLike<number>;
}

/** A reply in the making, whatever row of whatever model gives its logits. */
export abstract class Reply {
  /** Nothing more is to be computed for it. */
  done = false;
  private readonly chooser: RowChooser;
  private readonly stops: readonly string[];
  private readonly text: ReturnType<Tokenizer['stream']> | undefined;
  private held = '';

  constructor(
    request: GenerateOptions,
    readonly stream: TokenStream,
    private readonly parts: ReplyParts,
  ) {
    const { tokenizer, promptIds, endTokens } = parts;
    this.chooser = RowChooser.create(tokenizer, promptIds, request, endTokens);
    this.stops = typeof request.stop === 'string' ? [request.stop] : (request.stop ?? []);
    this.text = tokenizer?.stream({ skipSpecial: true });
  }

  /** Tokens so far. */
  get generated(): readonly number[] {
    return this.chooser.ids;
  }
  /** Tokens that may still come. */
  get remaining(): number {
    return this.parts.limit - this.generated.length;
  }

  /** Chooses a token from the logits after the last position and gives it to the reader. Returns true when the reply ends with it. */
  accept(logits: Float32Array, logSum: number): boolean {
    const token = this.chooser.choose(logits, logSum);
    if (this.chooser.isEnd(token.id)) return this.finish('stop');
    this.chooser.accept(token.id);
    this.held += this.text?.push(token.id) ?? '';
    const cut = firstStop(this.held, this.stops);
    if (cut >= 0) {
      this.held = this.held.slice(0, cut);
      return this.finish('stop', token);
    }
    const last = this.remaining <= 0;
    if (last || this.chooser.ended) {
      this.held += this.text?.end() ?? '';
      return this.finish(this.chooser.ended ? 'stop' : 'length', token);
    }
    const safe = this.held.length - danglingStop(this.held, this.stops);
    this.stream.push({ text: this.held.slice(0, safe), token });
    this.held = this.held.slice(safe);
    return false;
  }

  /** What the request took. */
  protected abstract usage(): Usage;

  private finish(finish: FinishReason, token?: TokenChoice): true {
    const ended = finish === 'stop' && !token ? (this.text?.end() ?? '') : '';
    this.stream.push({ text: this.held + ended, ...(token ? { token } : {}), finish, usage: this.usage() });
    this.stream.end();
    this.done = true;
    return true;
  }
}
