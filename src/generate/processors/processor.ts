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
  /**
   * Works out what `process` will need for this context, where that takes long: in slices between which everything else runs. `over` says that
   * nobody waits for it any more. Without it, or before it resolves, `process` does the same work at once.
   */
  prepare?(context: LogitsContext, over: () => boolean): Promise<void> | undefined;
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
  prepare(context: LogitsContext, over: () => boolean): Promise<void> | undefined {
    const work = this.processors.flatMap((p) => p.prepare?.(context, over) ?? []);
    return work.length > 0 ? Promise.all(work).then(() => {}) : undefined;
  }
  ended(context: LogitsContext): boolean {
    return this.processors.some((p) => p.ended?.(context) ?? false);
  }
}
