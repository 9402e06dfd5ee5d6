// The answer inside a reply: without thinking, JSON, LaTeX, Markdown and the phrases that introduce an answer.
const thought = '(?:seed:)?(?:think|thinking|thought|thoughts|reason|reasoning|analysis|scratchpad|reflection)';
const opening = new RegExp(`<${thought}>|\\[${thought}\\]|◁${thought}▷|<\\|(?:begin_of_thought|think)\\|>`, 'gi');
const closing = new RegExp(`</${thought}>|\\[/${thought}\\]|◁/${thought}▷|<\\|(?:end_of_thought|/think)\\|>`, 'gi');
const finalChannel = /^[\s\S]*<\|channel\|>\s*final\s*<\|message\|>/i;
/**
 * The reply without its thinking. A block that was opened in the prompt has only its end in the reply, so everything before a lone end is
 * thinking; a block that never ends is a reply that was cut off before its answer.
 */
export function withoutThinking(reply) {
    const text = reply.replace(finalChannel, '');
    const marks = [
        ...Array.from(text.matchAll(opening), (m) => ({ at: m.index, end: m.index + m[0].length, open: true })),
        ...Array.from(text.matchAll(closing), (m) => ({ at: m.index, end: m.index + m[0].length, open: false })),
    ].sort((a, b) => a.at - b.at);
    let out = '';
    let from = 0;
    let depth = 0;
    for (const mark of marks) {
        if (mark.open) {
            if (depth++ === 0)
                out += text.slice(from, mark.at);
        }
        else if (depth === 0)
            out = '';
        else
            depth--;
        from = mark.end;
    }
    return depth > 0 ? out : out + text.slice(from);
}
const answerKeys = /^(?:final[_ ]?|correct[_ ]?|short[_ ]?)?(?:answer|response|result|prediction|verdict|label|choice|option|output)$|^(?:答案|回答|结论|選項|选项)$/i;
/** What a JSON value gives as its answer; undefined where it has none. */
function answerOfJson(value) {
    if (typeof value === 'boolean')
        return value ? 'yes' : 'no';
    if (typeof value === 'string')
        return value;
    if (typeof value === 'number')
        return String(value);
    if (value === null)
        return 'unknown';
    if (Array.isArray(value))
        return value.length === 1 ? answerOfJson(value[0]) : undefined;
    const entries = Object.entries(value);
    const named = entries.filter(([key]) => answerKeys.test(key)).at(-1) ?? (entries.length === 1 ? entries[0] : undefined);
    if (named)
        return answerOfJson(named[1]);
    const flags = entries.filter(([, item]) => typeof item === 'boolean');
    return flags.length === 1 ? answerOfJson(flags[0][1]) : undefined;
}
function jsonAnswer(text) {
    const fenced = /```(?:json)?\s*([\s\S]*?)```/i.exec(text)?.[1] ?? text;
    const body = /^\s*(\{[\s\S]*\}|\[[\s\S]*\])\s*$/.exec(fenced)?.[1];
    if (body === undefined)
        return undefined;
    try {
        return answerOfJson(JSON.parse(body));
    }
    catch {
        // Python's quotes and literals, or JSON that was cut off: the field is still legible.
        const found = /["']?(?:final[_ ]?)?answer["']?\s*[:=]\s*(?:"([^"]*)"|'([^']*)'|([\w. -]+))/i.exec(body);
        return found?.slice(1).find((group) => group !== undefined);
    }
}
/** Full-width forms, curly apostrophes and minus signs in their ASCII form. */
export function plainMarks(text) {
    return text
        .normalize('NFKC')
        .replace(/[‘’ʼ´]|(?<=\p{L})`(?=\p{L})/gu, "'")
        .replace(/[“”„]/g, '"')
        .replace(/−/g, '-');
}
/** `\text{no}` as `no`. */
const flat = (text) => text.replace(/\\(?:text|textbf|mathrm|mathbf|textit)\s*\{([^{}]*)\}/g, '$1');
/** Characters of a reply that are read: what is longer loses its middle. */
export const LONGEST = 20_000;
/** White space, or one mark, that goes on for longer than this is cut: patterns over it would look at every part of it from every place. */
export const LONGEST_RUN = 32;
/** Runs of white space as one blank or line break, and of one mark as so many of it. */
export const shortRuns = (text) => text
    .replace(/\s{33,}/g, (run) => (run.includes('\n') ? '\n\n' : ' '))
    .replace(/([^\p{L}\p{N}\s])\1{32,}/gu, (_, mark) => mark.repeat(LONGEST_RUN));
/** The part of a reply that is read, so that no reply costs more than a moment: its beginning and its end, without long runs. */
export const readable = (text) => {
    const short = shortRuns(text);
    return short.length <= LONGEST ? short : `${short.slice(0, LONGEST / 2)}\n${short.slice(-LONGEST / 2)}`;
};
/** Text without LaTeX commands, Markdown marks, HTML tags and special tokens. */
function plain(text) {
    return flat(text)
        .replace(/<\|[^|>]*\|>|<\/?(?:s|eos|b|i|p|em|strong|br|answer|end_of_utterance)\s*\/?>/gi, ' ')
        .replace(/\\[([)\]]|\$+(?!\d)|(?<!\S)\$+(?=\s|$)/g, ' ')
        .replace(/\*\*|__|~~|`+/g, '')
        .replace(/^[ \t]*(?:#{1,6}|>|[*•]|-(?=\s))[ \t]*/gm, '')
        .replace(/\*([^*\n]+)\*/g, '$1')
        .replace(/【(答案|回答|结论)】[ \t]*[:：]?/g, '$1：')
        .trim()
        .replace(/^(?:assistant|model|bot|ai|gpt|助手|模型)\s*:\s*/i, '');
}
function boxed(text) {
    const at = text.lastIndexOf('\\boxed{');
    if (at < 0)
        return undefined;
    let depth = 0;
    const from = at + '\\boxed{'.length;
    for (let i = from; i < text.length; i++) {
        if (text[i] === '{')
            depth++;
        else if (text[i] === '}' && depth-- === 0)
            return text.slice(from, i);
    }
    return undefined;
}
const introduction = new RegExp('(?:\\b(?:(?:so|thus|hence|therefore),? )?(?:the |my |your )?(?:final |correct |best |right |short |most likely |most appropriate )*' +
    '(?:answer|response|conclusion|verdict|choice|option)(?: (?:to|for) [^\\n:]{0,160}?)?\\s*' +
    '(?:(?:is|was|would be|should be|must be)\\s*:?|[:=]|(?<=\\s)[-–—])\\s*' +
    '|(?:最终|正确|最后|最佳|我的)*的?(?:答案|回答|答复|结论|选项)(?:应该|应当|应)?(?:\\s*[:：]|是|为|选)\\s*[:：]?\\s*)', 'giu');
/** Reads what a reply gives as its answer; `text` has full-width forms, curly apostrophes and minus signs in their plain ASCII form. */
export function cleanReply(reply) {
    const raw = readable(withoutThinking(plainMarks(reply)));
    const tagged = Array.from(raw.matchAll(/<answer>([\s\S]*?)(?:<\/answer>|$)/gi)).at(-1)?.[1];
    const marked = tagged ?? boxed(raw) ?? jsonAnswer(raw);
    const text = plain(flat(raw).replace(/\\boxed\s*\{([^{}]*)\}/g, ' $1 '));
    if (marked !== undefined)
        return { text, answer: plain(marked) };
    const last = Array.from(text.matchAll(introduction)).at(-1);
    const answer = last && text.slice(last.index + last[0].length).trim();
    return answer ? { text, answer } : { text };
}
//# sourceMappingURL=reply.js.map