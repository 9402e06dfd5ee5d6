// Reading yes or no out of a reply: the official POPE rule, kept exactly, beside a reader of what was said.
import { stripPunctuation } from './metrics/vqa-normalize.js';
import { topicOf } from './question.js';
import { cleanReply, withoutThinking } from './reply.js';
import { decide } from './verdict.js';
import { readChinese } from './yes-no-chinese.js';
import { readEnglish } from './yes-no-english.js';
/** Yes and no in the languages of the scene world. */
export const yesNoWords = { en: { yes: 'yes', no: 'no' }, zh: { yes: '有', no: '没有' } };
/**
 * The official POPE parser: the text before the first '.', commas dropped, split on single spaces;
 * any token among No, not, no means no, *everything else means yes* (also "There isn't a dog", "NO" and an empty reply).
 */
export function parseOfficial(reply) {
    const words = reply.split('.')[0].replaceAll(',', '').split(' ');
    return words.includes('No') || words.includes('not') || words.includes('no') ? 'no' : 'yes';
}
/** lmms-eval's rule for POPE: the whole reply, trimmed and in lower case, is yes or no; everything else is neither. */
export function parseLmmsEval(reply) {
    const word = withoutThinking(reply).trim().toLowerCase();
    return word === 'yes' || word === 'no' ? word : 'unknown';
}
/** VLMEvalKit's rule before it asks a judge: the words of the reply hold yes and not no, or no and not yes. */
export function parseVlmEvalKit(reply) {
    const words = new Set(stripPunctuation(reply.toLowerCase()).split(/\s+/));
    return words.has('yes') === words.has('no') ? 'unknown' : words.has('yes') ? 'yes' : 'no';
}
/**
 * Yes or no from an English or Chinese reply, as a careful reader would take it: thinking and echoed questions are left out, an answer that
 * the reply marks as final comes first, then answers in so many words, then statements that the object is there or is not.
 * With the question, statements about something else count as neither; without it, any object that is said to be there counts as the one
 * that was asked for, and mere descriptions ("It is a cat.", "The image shows a kitchen.") are unknown.
 */
export function parseRobust(reply, question) {
    const { text, answer } = cleanReply(reply);
    const topic = question === undefined ? undefined : topicOf(question);
    const read = (part) => {
        const chinese = part.replace(/[^\p{Script=Han}]/gu, '');
        const echo = question === undefined ? part : withoutEcho(part, question);
        if (chinese && chinese.length * 2 >= part.replace(/[^\p{L}]/gu, '').length)
            return decide(readChinese(echo, topic), topic !== undefined);
        const latin = topic?.names.some(([name]) => /\p{Script=Han}/u.test(name)) ? undefined : topic;
        return decide(readEnglish(echo, latin), latin !== undefined);
    };
    const marked = answer === undefined ? 'unknown' : read(answer);
    return marked === 'unknown' ? read(text) : marked;
}
/** The reply without the question at its beginning, with or without its question mark. */
function withoutEcho(reply, question) {
    const bare = question
        .normalize('NFKC')
        .trim()
        .replace(/[?。.\s]+$/, '');
    const at = reply.toLowerCase().indexOf(bare.toLowerCase());
    return bare.length > 3 && at >= 0 ? `${reply.slice(0, at)}\n${reply.slice(at + bare.length).replace(/^[\s?"'”’]+/, '')}` : reply;
}
//# sourceMappingURL=yes-no.js.map