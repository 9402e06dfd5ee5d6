// The question that a claim can be verified by, and how the answer is read.
import { plurals } from '../evaluate/mentions.js';
import { normalizeAnswer } from '../evaluate/metrics/vqa-normalize.js';
import { parseNumber } from '../evaluate/numbers.js';
import { cleanReply } from '../evaluate/reply.js';
import { parseRobust } from '../evaluate/yes-no.js';
import { colorIn } from './claim-words.js';
/** The names of a vocabulary. */
export function namingOf(vocabulary, language) {
    const names = vocabulary.firstNames(language);
    return { language, vocabulary, name: (id) => names.get(id) ?? id };
}
const relationEn = {
    left: 'to the left of',
    right: 'to the right of',
    above: 'above',
    below: 'below',
    inside: 'inside',
    near: 'near',
    on: 'on',
    under: 'below',
    behind: 'behind',
    front: 'in front of',
};
const relationZh = {
    left: '左边',
    right: '右边',
    above: '上面',
    below: '下面',
    inside: '里面',
    near: '旁边',
    on: '上面',
    under: '下面',
    behind: '后面',
    front: '前面',
};
const a = (name) => (/^[aeiou]/i.test(name) ? `an ${name}` : `a ${name}`);
const yes = (reply, question) => {
    const said = parseRobust(reply, question);
    return { verdict: said === 'unknown' ? 'unknown' : said === 'yes' ? 'true' : 'false' };
};
const among = (verdict, instead) => verdict ? { verdict: 'true' } : { verdict: 'false', ...(instead === undefined ? {} : { instead }) };
/** "Is there a dog in the image?", "What color is the dog?", "How many dogs are there?", "What is to the left of the cup?" */
export function claimQuestion(claim, { language, vocabulary, name }) {
    const zh = language === 'zh';
    switch (claim.type) {
        case 'existence': {
            const question = zh ? `图中有${name(claim.object)}吗？` : `Is there ${a(name(claim.object))} in the image?`;
            return { question, read: (reply) => yes(reply, question) };
        }
        case 'attribute': {
            const object = name(claim.object);
            if (claim.kind !== 'color') {
                const question = zh ? `图中的${object}是${claim.value}的吗？` : `Is the ${object} ${claim.value}?`;
                return { question, read: (reply) => yes(reply, question) };
            }
            return {
                question: zh ? `${object}是什么颜色的？` : `What color is the ${object}?`,
                read(reply) {
                    const { text, answer } = cleanReply(reply);
                    const color = (answer && colorIn(answer)) ?? colorIn(text);
                    return color === undefined ? { verdict: 'unknown' } : among(color === claim.value, color);
                },
            };
        }
        case 'count': {
            const question = zh ? `图中一共有多少个${name(claim.object)}？` : `How many ${plurals(name(claim.object))[0]} are there?`;
            return {
                question,
                read(reply) {
                    const count = parseNumber(reply, question) ?? parseNumber(reply);
                    return count === undefined ? { verdict: 'unknown' } : among(count === claim.count, String(count));
                },
            };
        }
        case 'relation': {
            if (claim.relation === 'place') {
                const where = [claim.place.row, claim.place.column].filter((part, i, all) => part && (part !== 'middle' || i === all.length - 1));
                const question = zh
                    ? `${name(claim.object)}在图片的${placeZh(claim.place)}吗？`
                    : `Is the ${name(claim.object)} at the ${where.join(' ')} of the image?`;
                return { question, read: (reply) => yes(reply, question) };
            }
            const { object, other, relation } = claim;
            return {
                question: zh ? `${name(other)}的${relationZh[relation]}是什么？` : `What is ${relationEn[relation]} the ${name(other)}?`,
                read(reply) {
                    const { text, answer } = cleanReply(reply);
                    const found = vocabulary.mentions(answer ?? text).map(({ id }) => id);
                    const named = found.filter((id) => id !== other);
                    // Another thing may stand there too: it says nothing against this one.
                    return { verdict: named.includes(object) ? 'true' : 'unknown' };
                },
            };
        }
        case 'text': {
            const question = zh ? '图中写着什么？' : 'What does the sign say?';
            return {
                question,
                read(reply) {
                    const { text, answer } = cleanReply(reply);
                    const squeeze = (words) => normalizeAnswer(words).replaceAll(' ', '');
                    const said = squeeze(answer ?? text);
                    if (!said)
                        return { verdict: 'unknown' };
                    return among(said.includes(squeeze(claim.words)), answer ?? text);
                },
            };
        }
    }
}
function placeZh({ column, row }) {
    if (column === 'middle' && row === 'middle')
        return '中间';
    return `${column === 'left' ? '左' : column === 'right' ? '右' : ''}${row === 'top' ? '上' : row === 'bottom' ? '下' : ''}方`;
}
//# sourceMappingURL=claim-question.js.map