// The interface of a benchmark: rows to ask, the truth that only its scores read, and the scores.
/** The text of the last user message: the question without its images. */
export function questionOf(messages) {
    const content = messages.findLast(({ role }) => role === 'user')?.content ?? '';
    if (typeof content === 'string')
        return content;
    return content
        .flatMap((part) => (part.type === 'text' ? [part.text] : []))
        .join('\n')
        .trim();
}
//# sourceMappingURL=benchmark.js.map