// A reply of a decoder in an engine, and its rows of the key-value memory: one, or as many as its method steps.

import type { ReplyParts } from '../reply-builder.js';
import type { MethodTurn } from './method-rows.js';
import type { EnginePrompt } from './model.js';
import { Reply } from './reply.js';
import type { EngineRequest } from './request.js';
import type { TokenStream, Usage } from './token-stream.js';

const START_GUESS = 4;

/** A reply and its rows. */
export class DecoderReply extends Reply {
  readonly rows: EngineRow[] = [];

  constructor(
    readonly request: EngineRequest,
    /** Rows that it takes. */
    readonly needed: number,
    stream: TokenStream,
    private readonly o: ReplyParts,
    wake: () => void,
  ) {
    super(stream, o, wake);
  }

  protected usage(): Usage {
    const [first] = this.rows;
    return {
      promptTokens: this.o.promptIds.length,
      cachedTokens: first?.cached ?? 0,
      completionTokens: this.generated.length,
      lookupTokens: first?.guessed ?? 0,
    };
  }
}

/** A prompt in a row, and the tokens that follow it. */
export class EngineRow {
  /** Row of the key-value memory; -1 while it waits. */
  slot = -1;
  /** Positions of the row that hold keys and values. */
  filled = 0;
  /** Of the prompt, positions that came from the prefix cache. */
  cached = 0;
  /** Tokens confirmed from guesses. */
  guessed = 0;
  /** How many tokens to guess next: more after good guesses, fewer after bad ones. */
  guess = START_GUESS;
  /** Names of the prompt's blocks in the prefix cache. */
  names: string[] = [];
  private known: number[] | undefined;

  constructor(
    readonly prompt: EnginePrompt,
    /** The reply that the row is for. */
    readonly reply: DecoderReply,
    /** Of a row that a method steps. */
    readonly turn?: MethodTurn,
  ) {}

  /** Ids after the prompt. */
  get generated(): readonly number[] {
    return (this.turn ?? this.reply).generated;
  }
  /** Nothing is to be computed now. */
  get paused(): boolean {
    return (this.turn ? !this.turn.waits : this.reply.ready !== undefined) || this.reply.stream.full;
  }
  /** Takes the logits [vocab] after the last token. Returns true when the reply ends with them. */
  accept(logits: Float32Array, logSum: number): boolean {
    if (!this.turn) return this.reply.accept(logits, logSum);
    this.turn.give(logits, logSum);
    return false;
  }

  /** Nothing more is to be computed for it. */
  get done(): boolean {
    return this.reply.done;
  }
  /** Tokens that may still come. */
  get remaining(): number {
    return this.reply.remaining;
  }

  /** True when the whole prompt is in the row. */
  get ready(): boolean {
    return this.filled >= this.prompt.ids.length;
  }
  /** The token whose key and value are still missing: the last one. */
  get next(): number {
    return this.generated[this.generated.length - 1] as number;
  }

  /** Prompt and reply, with -1 at the places of images. */
  get history(): readonly number[] {
    const { ids, images } = this.prompt;
    if (!this.known) {
      this.known = Array.from(ids);
      for (const { start, length } of images) this.known.fill(-1, start, start + length);
    }
    for (let i = this.known.length - ids.length; i < this.generated.length; i++) this.known.push(this.generated[i] as number);
    return this.known;
  }

  /** What positions after the prompt are ahead of the number of tokens, where tokens have several positions. */
  get positionOffset(): number {
    const { positions, ids } = this.prompt;
    return positions ? positions.reduce((most, p) => Math.max(most, p), 0) + 1 - ids.length : 0;
  }

  /** How far the switch of the model is turned. */
  get epsilon(): number {
    return this.prompt.epsilon ?? 0;
  }

  /** All ids whose keys and values are in the row. */
  filledIds(): Int32Array {
    const ids = new Int32Array(this.filled);
    ids.set(this.prompt.ids.subarray(0, this.filled));
    for (let i = this.prompt.ids.length; i < this.filled; i++) ids[i] = this.generated[i - this.prompt.ids.length] as number;
    return ids;
  }
}
