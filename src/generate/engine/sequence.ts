// One request while it is in the engine: what is in its row, what it said so far, and how the next token is chosen.

import type { Tokenizer } from '../../text/index.js';
import { processorsOf } from '../processors/options.js';
import { type LogitsContext, LogitsProcessorList } from '../processors/processor.js';
import { type Choice, Sampler, topChoices } from '../sampling.js';
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
  readonly generated: number[] = [];
  private readonly sampler: Sampler;
  private readonly processors: LogitsProcessorList | undefined;
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
    this.sampler = new Sampler(request);
    const list = processorsOf(request, o.endTokens, o.tokenizer);
    this.processors = list.length > 0 ? new LogitsProcessorList(list) : undefined;
    this.stops = typeof request.stop === 'string' ? [request.stop] : (request.stop ?? []);
    this.text = o.tokenizer?.stream({ skipSpecial: true });
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

  /** All ids whose keys and values are in the row. */
  filledIds(): Int32Array {
    const ids = new Int32Array(this.filled);
    ids.set(this.prompt.ids.subarray(0, this.filled));
    for (let i = this.prompt.ids.length; i < this.filled; i++) ids[i] = this.generated[i - this.prompt.ids.length] as number;
    return ids;
  }

  /** Chooses a token from the logits after the last position and gives it to the reader. Returns true when the reply ends with it. */
  accept(logits: Float32Array, logSum: number): boolean {
    const token = this.choose(logits, logSum);
    if (this.o.endTokens.includes(token.id)) return this.finish('stop');
    this.generated.push(token.id);
    this.ahead?.push(token.id);
    const { topLogProbs } = this.request;
    const reported = topLogProbs ? { ...token, top: topChoices(logits, topLogProbs, logSum) } : token;
    this.held += this.text?.push(token.id) ?? '';
    const cut = firstStop(this.held, this.stops);
    if (cut >= 0) {
      this.held = this.held.slice(0, cut);
      return this.finish('stop', reported);
    }
    const last = this.remaining <= 0;
    if (last || this.processors?.ended?.(this.context)) {
      this.held += this.text?.end() ?? '';
      return this.finish(last ? 'length' : 'stop', reported);
    }
    const safe = this.held.length - danglingStop(this.held, this.stops);
    this.stream.push({ text: this.held.slice(0, safe), token: reported });
    this.held = this.held.slice(safe);
    return false;
  }

  private choose(logits: Float32Array, logSum: number): Choice {
    if (!this.processors) return this.sampler.choose(logits, logSum);
    const changed = logits.slice();
    this.processors.process(changed, this.context);
    const { id } = this.sampler.choose(changed, 0);
    return { id, logProb: (logits[id] as number) - logSum };
  }

  private get context(): LogitsContext {
    return { promptIds: this.prompt.ids, ids: this.generated, step: this.generated.length };
  }

  private finish(finish: FinishReason, token?: Choice): true {
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
