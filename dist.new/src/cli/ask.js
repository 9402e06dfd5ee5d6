// `sensorium ask IMAGE… "question"`: one question about one or more images or videos, answered as it is written; without images for models that see none.
import { defineCommand } from 'citty';
import { parseBoxes } from '../text/boxes.js';
import { nearestPath } from '../util/near-path.js';
import { captionRequest } from '../world/questions.js';
import { adapterArgs, loadSpeaker, looksLikeMedia, mediaArgs, modelSees, readAdapters, readMedia, readMediaArgs, readSampling, samplingArgs, } from './conversation.js';
import { choiceOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { DEFAULT_MODEL } from './root.js';
const USAGE = 'sensorium ask IMAGE… "question"';
function didYouMeanPath(name) {
    const near = name.trim() === '' ? undefined : nearestPath(name);
    return near && `Did you mean ${near}?`;
}
/** Tells images and question apart: the last argument is the question unless it is an image. Throws a usage error when there is neither. */
export async function readQuestion(words, language = 'en') {
    const usage = USAGE;
    if (words.length === 0)
        throw usageError('no image and no question', { expected: usage });
    const last = words[words.length - 1];
    const described = await looksLikeMedia(last);
    const images = described ? [...words] : words.slice(0, -1);
    const question = described ? captionRequest(language, 'long') : last.trim();
    if (question === '')
        throw usageError('the question is empty', { expected: usage, hint: `Leave it out to ask "${captionRequest(language, 'long')}"` });
    for (const name of images)
        if (name.trim() === '' || !(await looksLikeMedia(name)))
            throw usageError('no such image file', {
                place: name || '(an empty argument)',
                hint: didYouMeanPath(name) ?? 'If this belongs to the question, put the question in quotes',
            });
    return { images, question };
}
/** Reads the images (before the model, so that a wrong file is told at once), asks, and writes the answer or a JSON object. A model that sees is asked about images. */
export async function ask({ images, question }, options = {}) {
    const { model: name = DEFAULT_MODEL, json = false, media, signal, load = loadSpeaker, sees = modelSees, write = (text) => void process.stdout.write(text), ...sampling } = options;
    if (images.length === 0 && (await sees(name, signal)))
        throw usageError('no image', {
            expected: USAGE,
            got: `only the question ${JSON.stringify(question)}`,
            hint: 'Name the image file before the question',
        });
    const parts = await Promise.all(images.map((source) => readMedia(source, media)));
    signal?.throwIfAborted();
    const model = await load(name, signal);
    try {
        const messages = [{ role: 'user', content: images.length > 0 ? [...parts, { type: 'text', text: question }] : question }];
        const started = performance.now();
        let answer = '';
        let tokens = 0;
        let firstMs;
        let finish;
        for await (const piece of model.stream({ messages, signal, ...sampling })) {
            firstMs ??= performance.now() - started;
            answer += piece.text;
            if (piece.token)
                tokens++;
            finish = piece.finish ?? finish;
            if (!json)
                write(piece.text);
        }
        const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
        const timing = { seconds, firstMs: firstMs === undefined ? null : Math.round(firstMs), tokens, finish };
        write(json
            ? `${JSON.stringify({ model: name, images, question, text: answer, boxes: parseBoxes(answer), ...timing, ...sampling })}\n`
            : '\n');
        return answer;
    }
    finally {
        await model.dispose();
    }
}
export default defineCommand({
    meta: { name: 'ask', description: 'Ask one question about images or videos; without a question the model describes them' },
    args: {
        image: {
            type: 'positional',
            description: 'image or video files (none for a model that sees none), then the question in quotes',
            required: false,
        },
        model: { type: 'string', description: 'folder, name or hub id of a model', default: DEFAULT_MODEL, valueHint: 'MODEL' },
        language: {
            type: 'string',
            description: 'en or zh: language of the description asked for when no question is given',
            default: 'en',
            valueHint: 'LANG',
        },
        ...adapterArgs,
        ...mediaArgs,
        ...samplingArgs,
        json: { type: 'boolean', description: 'print one JSON object with the answer and its timing' },
    },
    async run({ args }) {
        const sampling = readSampling(args);
        const question = await readQuestion(args._, choiceOption('language', args.language, ['en', 'zh']));
        const adapters = readAdapters(args);
        const load = (name, signal) => loadSpeaker(name, signal, adapters);
        await withInterrupt((signal) => ask(question, { model: args.model, json: args.json, media: readMediaArgs(args), signal, load, ...sampling }));
    },
});
//# sourceMappingURL=ask.js.map