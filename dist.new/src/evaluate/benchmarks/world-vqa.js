// Questions about scenes by type: existence, color, count, relation, text; one true answer each.
import { throwIfAborted } from '../../util/errors.js';
import { questionOf } from '../benchmark.js';
import { exactMatch, QUESTION_TYPES, vqaAccuracy } from '../metrics/vqa.js';
import { withoutThinking } from '../reply.js';
import { EMPTY_SCENES, tooFewSamples } from '../scenes.js';
import { unparsed } from '../scores.js';
import { parseRobust, yesNoWords } from '../yes-no.js';
/** `n` questions (default 200) of each type, at most one of a type from a scene, so that the answers of one type are independent. */
export function worldVqa(scenes) {
    const { source, language, rng } = scenes;
    return {
        name: 'vqa',
        title: 'VQA',
        about: 'questions with one true answer, exact match',
        maxTokens: 24,
        constants: yesNoWords[language],
        *rows({ n = 200, signal }) {
            const asked = new Map(QUESTION_TYPES.map((type) => [type, []]));
            for (let i = 0, empty = 0; [...asked.values()].some((rows) => rows.length < n) && empty <= EMPTY_SCENES; i++) {
                throwIfAborted(signal);
                empty++;
                const order = rng.fork('vqa', i);
                const questions = order.shuffle([...source.questions(scenes.scene(i), { language, rng: order.fork('questions') })]);
                for (const [type, rows] of asked) {
                    const question = questions.find((q) => q.type === type);
                    if (!question || rows.length >= n)
                        continue;
                    empty = 0;
                    const seen = scenes.image(i);
                    const row = { kind: type, messages: scenes.ask(seen, question.question), truth: question.answer, boxes: seen.boxes };
                    rows.push(row);
                    yield row;
                }
            }
            if ([...asked.values()].every((rows) => rows.length === 0))
                throw tooFewSamples('questions', source.description);
        },
        score(done) {
            const records = done.map(({ kind, truth, reply, messages }) => ({ kind, truth, reply, question: questionOf(messages) }));
            const types = QUESTION_TYPES.map((type) => ({
                name: type,
                ...vqaAccuracy(records.filter(({ kind }) => kind === type)),
                better: 'higher',
            }));
            const isUnread = ({ kind, reply, question }) => kind === 'existence' ? parseRobust(reply, question) === 'unknown' : withoutThinking(reply).trim() === '';
            return [...types, { ...unparsed(records, isUnread), detail: true }];
        },
        right: ({ reply, truth, messages }) => exactMatch(reply, truth, questionOf(messages)),
    };
}
//# sourceMappingURL=world-vqa.js.map