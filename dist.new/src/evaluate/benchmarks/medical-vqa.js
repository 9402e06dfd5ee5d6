// VQA-RAD, SLAKE and PathVQA: closed questions by accuracy, open ones by recall of the answer's words, as LLaVA-Med scores them.
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { ask, drawRows, parseRow } from '../file-benchmark.js';
import { wordRecall } from '../metrics/open-answer.js';
import { meanShare, unanswered, withParts } from '../scores.js';
import { exactScore, shortRight } from '../short-answers.js';
const text = z.union([z.string(), z.number()]).transform(String);
const isClosed = (type) => type.trim().toUpperCase() === 'CLOSED';
const radiology = z.looseObject({
    qid: text,
    image_name: z.string().min(1),
    question: z.string().min(1),
    answer: text,
    answer_type: z.string(),
    phrase_type: z.string(),
});
const slakeRow = z.looseObject({
    qid: text,
    img_name: z.string().min(1),
    question: z.string().min(1),
    answer: text,
    answer_type: z.string(),
    q_lang: z.enum(['en', 'zh']),
});
const bytes = z.custom((value) => value instanceof Uint8Array, 'bytes of an image');
const pathology = z.looseObject({
    image: z.union([z.string().min(1), z.looseObject({ bytes })]),
    question: z.string().min(1),
    answer: z.string().min(1),
});
/** How a record of each benchmark is read; undefined for records of other splits. */
const readers = {
    'vqa-rad': (record) => {
        const row = parseRow(radiology, record, '{"qid": 1, "image_name": "….jpg", "question": "…", "answer": "…", "answer_type": "CLOSED" or "OPEN", "phrase_type": "test_freeform"}');
        return row.phrase_type.startsWith('test')
            ? { id: row.qid, image: row.image_name, question: row.question, answer: row.answer, closed: isClosed(row.answer_type) }
            : undefined;
    },
    slake: (record) => {
        const row = parseRow(slakeRow, record, '{"qid": 1, "img_name": "xmlab1/source.jpg", "question": "…", "answer": "…", "answer_type": "CLOSED" or "OPEN", "q_lang": "en" or "zh"}');
        return {
            id: row.qid,
            image: row.img_name,
            question: row.question,
            answer: row.answer,
            closed: isClosed(row.answer_type),
            kind: row.q_lang,
        };
    },
    pathvqa: (record) => {
        const { image, question, answer } = parseRow(pathology, record, '{"image": "…", "question": "…", "answer": "…"}');
        const source = typeof image === 'string' ? (/\.\w{3,4}$/.test(image) ? image : `${image}.jpg`) : image.bytes;
        return { image: source, question, answer, closed: /^(?:yes|no)$/i.test(answer.trim()) };
    },
};
function scoresOf(done) {
    const recall = done.filter((row) => !row.closed).map((row) => wordRecall(row.reply, row.truth));
    return [
        exactScore(done.filter((row) => row.closed), 'closed accuracy'),
        meanShare('open recall', recall, { note: 'words of the answer that the reply has' }),
        {
            ...exactScore(done.filter((row) => !row.closed), 'open exact match'),
            detail: true,
        },
        unanswered(done),
    ];
}
const medical = (name, title) => ({ data, images, files = DISK }) => ({
    name,
    title,
    about: 'medical questions, closed and open',
    reads: 'its JSON, JSON lines or parquet',
    maxTokens: 64,
    rows: (options) => drawRows(data, options, async function* (file) {
        let n = 0;
        for await (const record of files.records(file, { signal: options.signal })) {
            const entry = readers[name](record);
            if (!entry)
                continue;
            const { place } = record;
            const { id = String(n++), image, question, answer, closed, kind } = entry;
            const source = typeof image === 'string' ? files.image(images ?? join(dirname(file), name === 'slake' ? 'imgs' : '.'), image, place) : image;
            yield {
                id,
                place,
                kind: kind ?? (closed ? 'closed' : 'open'),
                messages: ask(question, source),
                truth: answer,
                answers: [answer],
                closed,
            };
        }
    }),
    score: (done) => (name === 'slake' ? withParts(done, scoresOf, (rows) => scoresOf(rows).slice(0, 2)) : scoresOf(done)),
    right: (row) => (row.closed ? shortRight(row) : wordRecall(row.reply, row.truth) === 1),
});
/** VQA-RAD: `VQA_RAD Dataset Public.json`; its questions of the kinds `test_…` are asked. */
export const vqaRad = medical('vqa-rad', 'VQA-RAD');
/** SLAKE: `test.json`, in English and Chinese. */
export const slake = medical('slake', 'SLAKE');
/** PathVQA: parquet files or JSON lines of image, question and answer. */
export const pathVqa = medical('pathvqa', 'PathVQA');
//# sourceMappingURL=medical-vqa.js.map