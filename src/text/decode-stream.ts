// Token ids to text, one token at a time, never emitting half a UTF-8 character.

import type { DecodeOptions, Tokenizer } from './tokenizer.js';

/** Streaming detokeniser: `push` returns the text that is certain by now, `end` what is left. All returned strings joined are the text. */
export class DecodeStream {
  private readonly utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  /** Only for tokenizers that are not byte-level: ids of the current window, and the text of it that is out already. */
  private window: number[] = [];
  private emitted = '';

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly options: DecodeOptions = {},
  ) {}

  /** Adds one token; returns the text that it completes, often ''. */
  push(id: number): string {
    const { tokenizer } = this;
    const special = tokenizer.isSpecial(id);
    if (!tokenizer.byteLevel) return special && this.options.skipSpecial ? '' : this.pushWhole(id);
    if (!special) return this.utf8.decode(tokenizer.tokenBytes(id), { stream: true });
    // A special token is not part of the bytes around it: an unfinished character before it never gets its rest.
    const rest = this.utf8.decode();
    return this.options.skipSpecial ? rest : rest + (tokenizer.token(id) as string);
  }

  /** Ends the text; an unfinished character comes out as U+FFFD. The stream can be used again afterwards. */
  end(): string {
    if (this.tokenizer.byteLevel) return this.utf8.decode();
    const rest = this.tokenizer.decodeWhole(this.window).slice(this.emitted.length);
    this.window = [];
    this.emitted = '';
    return rest;
  }

  private pushWhole(id: number): string {
    this.window.push(id);
    const text = this.tokenizer.decodeWhole(this.window);
    // U+FFFD at the end may be the first bytes of a character that later tokens complete.
    if (text.endsWith('\uFFFD') || !text.startsWith(this.emitted)) return '';
    const fresh = text.slice(this.emitted.length);
    this.emitted = text;
    return fresh;
  }
}
