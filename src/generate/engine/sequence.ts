// One request while it is in the engine: what is in its row, what it said so far, and how the next token is chosen.

import type { Tokenizer } from '../../text/index.js';
import { RowChooser, type TokenChoice } from '../processors/row.js';
import { danglingStop, firstStop } from '../stops.js';
import type { FinishReason } from '../tokens.js';
import type { EnginePrompt } from './model.js';
import type { EngineRequest } from './request.js';
import type { TokenStream } from './token-stream.js';

const START_GUESS = 4;

/** A request with its prompt. */
export class Sequence {
  /** Row of the key-value memory; -1 while it waits. */
  slot = -1;
  /** Positions of the row that hold the keys and values of this sequence. */
  filled = 0;
  /** Of the prompt, positions that came from the prefix cache. */
  cached = 0;
  /** Tokens confirmed from guesses. */
  guessed = 0;
  /** How many tokens to guess next: more after good guesses, fewer after bad ones. */
  guess = START_GUESS;
  /** Names of the prompt's blocks in the prefix cache. */
  names: string[] = [];
  done = false;
  private readonly chooser: RowChooser;
  private readonly stops: readonly string[];
  private readonly text: ReturnType<Tokenizer['stream']> | undefined;
  private held = '';
  private ahead: number[] | undefined;

  constructor(
    readonly request: EngineRequest,
    readonly prompt: EnginePrompt,
    readonly stream: TokenStream,
    private readonly o: {
      tokenizer: Tokenizer | undefined;
      endTokens: readonly number[];
      /** Most tokens to generate. */
      limit: number;
    },
  ) {
    this.chooser = RowChooser.create(o.tokenizer, prompt.ids, request, o.endTokens);
    this.stops = typeof request.stop === 'string' ? [request.stop] : (request.stop ?? []);
    this.text = o.tokenizer?.stream({ skipSpecial: true });
  }

  /** Tokens of the reply so far. */
  get generated(): readonly number[] {
    return this.chooser.ids;
  }
  /** True when the whole prompt is in the row. */
  get ready(): boolean {
    return this.filled >= this.prompt.ids.length;
  }
  /** The token whose key and value are still missing: the last one generated. */
  get next(): number {
    return this.generated[this.generated.length - 1] as number;
  }
  get remaining(): number {
    return this.o.limit - this.generated.length;
  }

  /** Prompt and reply, with -1 at the places of images. */
  get history(): readonly number[] {
    if (!this.ahead) {
      this.ahead = Array.from(this.prompt.ids);
      for (const { start, length } of this.prompt.images) this.ahead.fill(-1, start, start + length);
      this.ahead.push(...this.generated);
    }
    return this.ahead;
  }

  /** What positions after the prompt are ahead of the number of tokens, where tokens have several positions. */
  get positionOffset(): number {
    const { positions, ids } = this.prompt;
    return positions ? positions.reduce((most, p) => Math.max(most, p), 0) + 1 - ids.length : 0;
  }

  /** All ids whose keys and values are in the row. */
  filledIds(): Int32Array {
    const ids = new Int32Array(this.filled);
    ids.set(this.prompt.ids.subarray(0, this.filled));
    for (let i = this.prompt.ids.length; i < this.filled; i++) ids[i] = this.generated[i - this.prompt.ids.length] as number;
    return ids;
  }

  /** Chooses a token from the logits after the last position and gives it to the reader. Returns true when the reply ends with it. */
  accept(logits: Float32Array, logSum: number): boolean {
    const token = this.chooser.choose(logits, logSum);
    if (this.chooser.isEnd(token.id)) return this.finish('stop');
    this.chooser.accept(token.id);
    this.ahead?.push(token.id);
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

  private finish(finish: FinishReason, token?: TokenChoice): true {
    const ended = finish === 'stop' && !token ? (this.text?.end() ?? '') : '';
    this.stream.push({
      text: this.held + ended,
      ...(token ? { token } : {}),
      finish,
      usage: {
        promptTokens: this.prompt.ids.length,
        cachedTokens: this.cached,
        completionTokens: this.generated.length,
        lookupTokens: this.guessed,
      },
    });
    this.stream.end();
    this.done = true;
    return true;
  }
}
