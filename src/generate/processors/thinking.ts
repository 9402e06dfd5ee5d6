// A budget for thinking: when it is used up the mark that ends it is forced, and the reply goes on. A form of the reply begins behind it.

import { opensThinking, type ThinkingMarks, type Tokenizer } from '../../text/index.js';
import { checkOption } from './check.js';
import type { LogitsContext, LogitsProcessor } from './processor.js';

/** Where a reply stands. */
interface ThinkingState {
  inside: boolean;
  /** Tokens thought so far, marks left out. */
  used: number;
  /** Tokens up to the last closing mark, itself included; 0 before one. */
  behind: number;
}

/** Reads prompt and reply anew each time: tokens may have been taken back. */
function stateOf({ promptIds, ids }: LogitsContext, marks: ThinkingMarks, tokenizer: Tokenizer): ThinkingState {
  const state: ThinkingState = { inside: opensThinking(promptIds, marks, tokenizer), used: 0, behind: 0 };
  for (const [i, id] of ids.entries()) {
    if (id === marks.open) state.inside = true;
    else if (id === marks.close) {
      state.inside = false;
      state.behind = i + 1;
    } else if (state.inside) state.used++;
  }
  return state;
}

/** Ends thinking after `budget` tokens of it, over the whole reply; 0 lets it begin and end at once. */
export class ThinkingBudgetLogitsProcessor implements LogitsProcessor {
  constructor(
    readonly marks: ThinkingMarks,
    readonly tokenizer: Tokenizer,
    readonly budget: number,
  ) {
    checkOption(Number.isInteger(budget) && budget >= 0, 'maxThinking', 'an integer of at least 0', budget);
  }
  process(logits: Float32Array, context: LogitsContext): void {
    const { inside, used } = stateOf(context, this.marks, this.tokenizer);
    if (!inside || used < this.budget) return;
    const { close } = this.marks;
    const value = logits[close] as number;
    logits.fill(Number.NEGATIVE_INFINITY);
    // What other processors forbade comes all the same: nothing else is left.
    logits[close] = value === Number.NEGATIVE_INFINITY ? 0 : value;
  }
}

/** A processor of the reply, which begins where the thinking that the prompt opened ends. Until then only the end of the reply is forbidden. */
export class AfterThinkingLogitsProcessor implements LogitsProcessor {
  constructor(
    readonly inner: LogitsProcessor,
    readonly marks: ThinkingMarks,
    readonly tokenizer: Tokenizer,
    readonly endIds: readonly number[],
  ) {}

  process(logits: Float32Array, context: LogitsContext): void {
    const own = this.own(context);
    if (own) this.inner.process(logits, own);
    else for (const id of this.endIds) if (id < logits.length) logits[id] = Number.NEGATIVE_INFINITY;
  }
  prepare(context: LogitsContext, over: () => boolean): Promise<void> | undefined {
    const own = this.own(context);
    return own && this.inner.prepare?.(own, over);
  }
  ended(context: LogitsContext): boolean {
    const own = this.own(context);
    return own !== undefined && (this.inner.ended?.(own) ?? false);
  }
  fork(): AfterThinkingLogitsProcessor {
    const { inner, marks, tokenizer, endIds } = this;
    return new AfterThinkingLogitsProcessor(inner.fork?.() ?? inner, marks, tokenizer, endIds);
  }

  /** What the inner processor reads: the reply behind its thinking; undefined while that lasts. A prompt that opens none is left as it is. */
  private own(context: LogitsContext): LogitsContext | undefined {
    if (!opensThinking(context.promptIds, this.marks, this.tokenizer)) return context;
    const { inside, behind } = stateOf(context, this.marks, this.tokenizer);
    if (inside) return undefined;
    const ids = context.ids.slice(behind);
    return { promptIds: context.promptIds, ids, step: ids.length };
  }
}
