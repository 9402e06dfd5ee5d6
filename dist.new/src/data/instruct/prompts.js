// What a teacher is asked: the kinds of instructions of LLaVA, MiniGPT-4, DetGPT, LVIS-Instruct4V, ALLaVA and M3IT, in words of our own.
import { parsePairs, parseText } from './parse.js';
const FORM = 'Write nothing but lines of this form, a pair after the other:\nQuestion: …\nAnswer: …';
const inLanguage = ({ language }) => (language === 'zh' ? '\nWrite all questions and answers in Chinese.' : '');
const AS_IF = 'Write as somebody who looks at the image. Never mention captions, boxes, coordinates or that you were told about it. State only what follows from the notes with certainty.';
/** Captions and boxes as text. */
export function notes({ captions, objects, size }) {
    const parts = [];
    if (captions.length > 0)
        parts.push(`Captions:\n${captions.map((text) => `- ${text}`).join('\n')}`);
    if (objects.length > 0) {
        const frame = size ? ` of an image ${size.width} wide and ${size.height} high` : '';
        const lines = objects.map(({ label, box }) => `- ${label}${box ? ` [${box.map((x) => Math.round(x)).join(', ')}]` : ''}`);
        parts.push(`Objects, with [left, top, right, bottom] in pixels${frame}:\n${lines.join('\n')}`);
    }
    return parts.join('\n\n');
}
function examples({ rng, seeds }) {
    if (seeds.length === 0)
        return '';
    const drawn = rng.sample(seeds, Math.min(3, seeds.length));
    return `\nQuestions like these are wanted, in other words and about this image:\n${drawn.map((seed) => `- ${seed}`).join('\n')}\n`;
}
/** Requests for a description. */
export const DESCRIBE = {
    en: [
        'Describe the image in detail.',
        'What does this picture show? Tell me everything you see.',
        'Give a full account of the image.',
        'Walk me through what is in this picture.',
        'Write a careful description of the scene.',
        'Tell me about this image, leaving nothing out.',
    ],
    zh: ['请详细描述这张图片。', '这张图片里有什么？请全部说出来。', '请仔细描述画面中的内容。', '请完整地介绍这张图片。'],
};
const isKnown = ({ captions, objects }) => captions.length > 0 || objects.length > 0;
const pairs = (reply) => parsePairs(reply);
const described = (reply, _, { rng, language }) => {
    const answer = parseText(reply);
    return answer === undefined ? undefined : [{ question: rng.pick(DESCRIBE[language]), answer }];
};
/** Of two lists of pairs the questions of one with the answers of the other; undefined unless they are as many. */
const together = (mine, made, take) => made?.length === mine.length ? mine.map((own, i) => take(own, made[i])) : undefined;
const listed = (list) => list.map(({ question, answer }) => `Question: ${question}\nAnswer: ${answer}`).join('\n');
const bare = (text) => text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
/** All kinds, by name. */
export const INSTRUCT_PROMPTS = [
    {
        name: 'conversation',
        about: 'LLaVA: questions and answers about what is seen',
        ...{ version: 1, seesImage: false, by: 'image', needs: isKnown, read: pairs },
        prompt: (facts, context) => `Here are notes about an image.\n\n${notes(facts)}\n\nWrite a talk of ${context.turns} questions and answers between a person who asks about this image and an assistant who sees it: what things there are, how many, what they look like, where they stand and what they do. ${AS_IF} Ask nothing that the notes leave open.\n${examples(context)}${FORM}${inLanguage(context)}`,
    },
    {
        name: 'detail',
        about: 'LLaVA: a detailed description',
        ...{ version: 1, seesImage: false, by: 'image', needs: isKnown, read: described },
        prompt: (facts, context) => `Here are notes about an image.\n\n${notes(facts)}\n\nDescribe the image in one flowing paragraph with everything that the notes tell of: the things, their number, their looks, their places and how they stand to each other. ${AS_IF} Write the paragraph alone.${inLanguage(context)}`,
    },
    {
        name: 'reasoning',
        about: 'LLaVA: questions that need thought',
        ...{ version: 1, seesImage: false, by: 'image', needs: isKnown, read: pairs },
        prompt: (facts, context) => `Here are notes about an image.\n\n${notes(facts)}\n\nWrite ${context.turns === 1 ? 'one question' : `${context.turns} questions`} about this image that cannot be answered by naming what is seen: why something is so, what may have happened or come next, what somebody should watch out for, what has to be worked out in several steps. Each answer gives its reasons one after the other and ends with the conclusion. ${AS_IF}\n${examples(context)}${FORM}${inLanguage(context)}`,
    },
    {
        name: 'minigpt4',
        about: 'MiniGPT-4: a description of the image itself, cleaned in a second pass',
        ...{ version: 1, seesImage: true, by: 'image', read: described },
        prompt: (_, context) => `Look at the image and tell in whole sentences all that it shows: the things, their number, colors and places, what happens, and the background. Do not guess.${inLanguage(context)}`,
        clean: (reply) => `This text describes an image:\n\n${reply}\n\nCorrect it: take out sentences that repeat others, signs without meaning, sentences that break off and what is not about the image; mend the grammar. Add nothing. Reply with the corrected text alone; if nothing is wrong, repeat the text as it is.`,
    },
    {
        name: 'detgpt',
        about: 'DetGPT: wishes that some of the things in the image fulfil, with their names',
        ...{ version: 1, seesImage: false, by: 'image', needs: ({ objects }) => objects.length > 0 },
        prompt: (facts, context) => `Here are notes about an image.\n\n${notes(facts)}\n\nWrite ${context.turns} wishes of a person that some of the objects in this image fulfil. A wish never names the objects. Each answer says shortly what the image shows and why certain objects fulfil the wish, and ends with their names from the notes in brackets: Targets: [name, name]. ${AS_IF}\n${examples(context)}${FORM}${inLanguage(context)}`,
        // Targets that are not in the image would teach what does not exist.
        read: (reply, { objects }) => {
            const known = new Set(objects.map(({ label }) => bare(label)));
            const found = parsePairs(reply)?.filter(({ answer }) => {
                const names = /Targets:\s*\[([^\]]+)\]\s*\.?\s*$/.exec(answer)?.[1]?.split(',').map(bare) ?? [];
                return names.length > 0 && names.every((name) => known.has(name));
            });
            return found && found.length > 0 ? found : undefined;
        },
    },
    {
        name: 'lvis',
        about: 'LVIS-Instruct4V: a dialogue by a teacher that sees the image, with boxes as hints',
        ...{ version: 1, seesImage: true, by: 'image', needs: ({ objects }) => objects.length > 0, read: pairs },
        prompt: (facts, context) => `You see an image. These objects in it were marked by people:\n\n${notes({ ...facts, captions: [] })}\n\nWrite a talk of ${context.turns} questions and answers about the image. Go by what you see; the marks help you with small things and with counting, and may be incomplete. Let some questions be about places and numbers, some about looks, some about what is going on. Never mention marks or coordinates.\n${examples(context)}${FORM}${inLanguage(context)}`,
    },
    {
        name: 'allava',
        about: 'ALLaVA: first a caption, then a hard question about it and its answer',
        ...{ version: 1, seesImage: true, by: 'image' },
        prompt: (_, context) => `Look at the image. First describe it finely, from the whole to the parts. Then ask one question about it that takes knowledge and thought, and answer it fully.\n${examples(context)}Write exactly this form:\nCaption: …\nQuestion: …\nAnswer: …${inLanguage(context)}`,
        read: (reply, _, { rng, language }) => {
            const caption = /^\s*Caption\s*[:：]\s*([\s\S]+?)(?=\n\s*Question\s*[:：])/i.exec(reply)?.[1]?.trim();
            const asked = parsePairs(reply);
            return caption && asked ? [{ question: rng.pick(DESCRIBE[language]), answer: caption }, ...asked] : undefined;
        },
    },
    {
        name: 'rewrite',
        about: 'M3IT: short answers as whole sentences',
        ...{ version: 1, seesImage: false, by: 'row', needs: ({ pairs: own }) => own.length > 0 },
        prompt: ({ pairs: own }, context) => `These are questions about an image with short answers:\n\n${listed(own)}\n\nWrite every answer as one or two natural sentences that say the same and no more, and that still contain the short answer word for word. Keep the questions as they are.\n${FORM}${inLanguage(context)}`,
        read: (reply, { pairs: own }) => {
            const made = together(own, parsePairs(reply), ({ question }, { answer }) => ({ question, answer }));
            // An answer that lost its short form says something else.
            return made?.every(({ answer }, i) => ` ${bare(answer)} `.includes(` ${bare(own[i]?.answer ?? '')} `)) ? made : undefined;
        },
    },
    {
        name: 'translate',
        about: 'M3IT: the same questions and answers in another language',
        ...{ version: 1, seesImage: false, by: 'row', needs: ({ pairs: own }) => own.length > 0 },
        prompt: ({ pairs: own }, { language }) => `Translate these questions and answers into ${language === 'zh' ? 'Chinese' : 'English'}. Numbers, names and boxes stay as they are.\n\n${listed(own)}\n\n${FORM}`,
        read: (reply, { pairs: own }) => together(own, parsePairs(reply), (_, made) => made),
    },
];
//# sourceMappingURL=prompts.js.map