// What a logits processor is: a change to the scores of the next token that depends on the prompt and on what was generated so far.
/** Several processors as one, applied in order. */
export class LogitsProcessorList {
    processors;
    constructor(processors) {
        this.processors = processors;
    }
    process(logits, context) {
        for (const p of this.processors)
            p.process(logits, context);
    }
    fork() {
        return new LogitsProcessorList(this.processors.map((p) => p.fork?.() ?? p));
    }
    prepare(context, over) {
        const work = this.processors.flatMap((p) => p.prepare?.(context, over) ?? []);
        return work.length > 0 ? Promise.all(work).then(() => { }) : undefined;
    }
    ended(context) {
        return this.processors.some((p) => p.ended?.(context) ?? false);
    }
}
//# sourceMappingURL=processor.js.map