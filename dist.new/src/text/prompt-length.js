// Whether a prompt is certainly too long, known after work that the limit bounds: megabytes take seconds to tokenize.
/** Characters for each token of the limit up to which a prompt is tokenized as a whole; longer ones are measured first. */
const PLAIN_LENGTH = 8;
/** Characters that are measured at a time, and tokens that such a piece may have fewer as a part of its text than by itself. */
const PIECE = 4096;
const PIECE_SLACK = 4;
/** Characters of a token at most, for what a template may leave out. */
const LONGEST_TOKEN = 256;
/**
 * A number of tokens above `limit` that a prompt has at least; undefined for one that may fit. What templates may leave out, white space around a
 * text and earlier thoughts, is not counted.
 */
export function exceeds(tokenizer, prompt, { limit, trims = false, variables = {} }) {
    const texts = typeof prompt === 'string' ? [prompt] : [];
    let extra = Object.keys(variables).length > 0 ? JSON.stringify(variables).length : 0;
    for (const message of typeof prompt === 'string' ? [] : prompt) {
        if (typeof message === 'number')
            return prompt.length > limit ? prompt.length : undefined;
        const { content, ...rest } = message;
        const parts = typeof content === 'string' ? [content] : (content ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : []));
        for (const text of parts) {
            const written = rest.role === 'assistant' ? text.slice(text.lastIndexOf('</think>') + 1) : text;
            texts.push(trims ? written.trim() : written);
        }
        extra += JSON.stringify(rest).length; // templates write names and earlier calls, too
    }
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    if (extra > limit * LONGEST_TOKEN)
        return Math.floor(extra / LONGEST_TOKEN);
    if (length <= limit * PLAIN_LENGTH)
        return undefined;
    let tokens = 0;
    for (const text of texts)
        for (let at = 0; at < text.length;) {
            const end = at + PIECE + ((text.codePointAt(at + PIECE - 1) ?? 0) > 0xffff ? 1 : 0); // no character is cut in half
            tokens += Math.max(0, tokenizer.encode(text.slice(at, end)).length - PIECE_SLACK);
            at = end;
            if (tokens > limit)
                return tokens;
        }
    return undefined;
}
//# sourceMappingURL=prompt-length.js.map