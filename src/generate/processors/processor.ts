// What a logits processor is: a change to the scores of the next token that depends on the prompt and on what was generated so far.

/** What a processor may look at. The arrays are read, never kept or changed. */
export interface LogitsContext {
  readonly promptIds: ArrayLike<number>;
  /** Tokens generated so far. May be shorter than at the last call: then tokens were taken back. */
  readonly ids: readonly number[];
  /** `ids.length`. */
  readonly step: number;
}

/**
 * Changes the logits of one row in place; -Infinity forbids a token. The result depends on `logits` and `context` alone: whatever a
 * processor remembers is a cache that it checks against `context.ids`, so that rows can be forked (beams) and rolled back (speculation).
 */
export interface LogitsProcessor {
  /** `logits`: [vocab], of one position of one row. */
  process(logits: Float32Array, context: LogitsContext): void;
  /** A processor for another row that goes its own way from here. A processor without memory needs none and is shared. */
  fork?(): LogitsProcessor;
  /** True when nothing but the end can follow: generation stops without asking the model. */
  ended?(context: LogitsContext): boolean;
}

/** Several processors as one, applied in order. */
export class LogitsProcessorList implements LogitsProcessor {
  constructor(readonly processors: readonly LogitsProcessor[]) {}
  process(logits: Float32Array, context: LogitsContext): void {
    for (const p of this.processors) p.process(logits, context);
  }
  fork(): LogitsProcessorList {
    return new LogitsProcessorList(this.processors.map((p) => p.fork?.() ?? p));
  }
  ended(context: LogitsContext): boolean {
    return this.processors.some((p) => p.ended?.(context) ?? false);
  }
}
