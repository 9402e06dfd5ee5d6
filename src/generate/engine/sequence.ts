// One request of a decoder-only model while it is in the engine: what is in its row, and what it said so far.

import type { ReplyParts } from '../reply-builder.js';
import type { EnginePrompt } from './model.js';
import { Reply } from './reply.js';
import type { EngineRequest } from './request.js';
import type { TokenStream, Usage } from './token-stream.js';

const START_GUESS = 4;

/** A request with its prompt. */
export class Sequence extends Reply {
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
  private known: number[] | undefined;

  constructor(
    readonly request: EngineRequest,
    readonly prompt: EnginePrompt,
    stream: TokenStream,
    o: Omit<ReplyParts, 'promptIds'>,
  ) {
    super(stream, { ...o, promptIds: prompt.ids });
  }

  /** True when the whole prompt is in the row. */
  get ready(): boolean {
    return this.filled >= this.prompt.ids.length;
  }
  /** The token whose key and value are still missing: the last one generated. */
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

  /** All ids whose keys and values are in the row. */
  filledIds(): Int32Array {
    const ids = new Int32Array(this.filled);
    ids.set(this.prompt.ids.subarray(0, this.filled));
    for (let i = this.prompt.ids.length; i < this.filled; i++) ids[i] = this.generated[i - this.prompt.ids.length] as number;
    return ids;
  }

  protected usage(): Usage {
    return {
      promptTokens: this.prompt.ids.length,
      cachedTokens: this.cached,
      completionTokens: this.generated.length,
      lookupTokens: this.guessed,
    };
  }
}
