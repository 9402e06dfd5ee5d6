// LLaVA-Bench (Liu et al. 2023): open questions, rated beside a reference answer by a judge who is given a description of the image.
import { dirname } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { questionOf } from '../benchmark.js';
import { ask, drawRows, parseRow } from '../file-benchmark.js';
import { leadingPair } from '../judge.js';
import { judgeControls, ratingScore } from '../judged.js';
import { withoutThinking } from '../reply.js';
import { share, unanswered, withParts } from '../scores.js';
import { wrongFile } from '../wrong-file.js';
const id = z.union([z.string(), z.number()]).transform(String);
const question = z.looseObject({ question_id: id, image: z.string().min(1), text: z.string().min(1), category: z.string().default('all') });
const answer = z.looseObject({ question_id: id, text: z.string().min(1) });
const context = z.looseObject({ id: id.optional(), image: z.string().min(1), caption: z.union([z.string(), z.array(z.string())]) });
const RANGE = [1, 10];
const prompt = (row, first, second) => `You judge two answers to a question about an image. You cannot see it; this is what it shows:
${row.context}

Question: ${questionOf(row.messages)}

Answer of assistant 1:
${first}

Answer of assistant 2:
${second}

Rate how helpful, relevant, accurate and detailed each answer is, from 1 to 10. The order and the length of the answers must not matter. Write the two numbers, assistant 1 first, alone on the first line and a short explanation below.`;
/** Reads the three files by what their rows hold. */
async function open({ records }, data, signal) {
    const asked = [];
    const answers = new Map();
    const contexts = new Map();
    let from;
    for (const file of data)
        for await (const record of records(file, { signal })) {
            const value = typeof record.value === 'object' && record.value !== null ? record.value : {};
            if ('caption' in value) {
                const { image, caption } = parseRow(context, record, '{"image": "….jpg", "caption": "…"}');
                contexts.set(image, [caption].flat().join('\n'));
            }
            else if ('image' in value) {
                from = file;
                asked.push(record);
            }
            else {
                const { question_id, text } = parseRow(answer, record, '{"question_id": 0, "text": "…"}');
                answers.set(question_id, text);
            }
        }
    if (!from || answers.size === 0 || contexts.size === 0)
        throw wrongFile(data.join(', '), 'questions.jsonl, context.jsonl and answers_gpt4.jsonl', !from ? 'no questions' : contexts.size === 0 ? 'no contexts' : 'no answers', 'Give all three: --data questions.jsonl,context.jsonl,answers_gpt4.jsonl');
    return { file: from, asked, answers, contexts };
}
/** The pair of numbers of a verdict as [reference, reply]: the second prompt shows them in the other order. */
const read = (reply, at) => {
    const pair = leadingPair(reply, RANGE);
    return pair && at === 1 ? [pair[1], pair[0]] : pair;
};
/** The first pair that can be read for each prompt. */
const pairsOf = (verdicts) => verdicts.map((replies, at) => replies.map((reply) => read(reply, at)).find((pair) => pair !== undefined));
function scoresOf(done) {
    const pairs = done.flatMap(({ verdicts = [] }) => pairsOf(verdicts));
    const sum = (values) => values.reduce((a, b) => a + b, 0);
    // Both orders of a row count as one rating.
    const known = done.flatMap((_, i) => {
        const both = pairs.slice(2 * i, 2 * i + 2).filter((pair) => pair !== undefined);
        return both.length > 0 ? [[sum(both.map(([a]) => a)) / both.length, sum(both.map(([, b]) => b)) / both.length]] : [];
    });
    const [reference, reply] = [known.map(([a]) => a), known.map(([, b]) => b)];
    const swapped = done.flatMap((_, i) => {
        const [a, b] = [pairs[2 * i], pairs[2 * i + 1]];
        return a && b ? [Math.sign(a[1] - a[0]) !== Math.sign(b[1] - b[0])] : [];
    });
    const mean = ratingScore('rating', reply, RANGE);
    const scale = (x) => (known.length ? (100 * x * known.length) / sum(reference) : 0);
    return [
        {
            ...mean,
            name: 'relative score',
            value: scale(mean.value),
            low: scale(mean.low),
            high: scale(mean.high),
            note: 'percent of the rating of the reference',
        },
        mean,
        share('verdicts that the order turns', swapped.filter(Boolean).length, swapped.length, {
            better: 'lower',
            note: 'another winner with the answers swapped',
        }),
        ...judgeControls(done, (text, at) => read(text, at)?.[1]),
        unanswered(done),
    ];
}
/** LLaVA-Bench: `--data questions.jsonl,context.jsonl,answers_gpt4.jsonl` and a judge, who rates each pair in both orders. */
export const llavaBench = ({ data, images, files = DISK }) => ({
    name: 'llava-bench',
    title: 'LLaVA-Bench',
    about: 'open questions, rated by a judge beside a reference',
    reads: 'questions.jsonl, context.jsonl, answers_gpt4.jsonl',
    maxTokens: 512,
    constants: null,
    async *rows(options) {
        const { file, asked, answers, contexts } = await open(files, data, options.signal);
        yield* drawRows([file], options, function* () {
            for (const record of asked) {
                const { place } = record;
                const { question_id, image, text, category } = parseRow(question, record, '{"question_id": 0, "image": "….jpg", "text": "…", "category": "conv"}');
                const [reference, about] = [answers.get(question_id), contexts.get(image)];
                if (!reference || !about)
                    throw wrongFile(place, 'a reference answer and a context for every question', reference ? `no context of ${image}` : `no answer to ${question_id}`);
                yield {
                    id: question_id,
                    place,
                    kind: category,
                    messages: ask(text, files.image(images ?? dirname(file), image, place)),
                    truth: reference,
                    reference,
                    context: about,
                };
            }
        });
    },
    judge: (row) => {
        const own = withoutThinking(row.reply);
        return [prompt(row, row.reference, own), prompt(row, own, row.reference)];
    },
    score: (done) => withParts(done, scoresOf, (rows) => scoresOf(rows).slice(0, 1)),
    right: ({ verdicts = [] }) => pairsOf(verdicts).some((pair) => pair !== undefined && pair[1] >= pair[0]),
});
//# sourceMappingURL=llava-bench.js.map