// Wordings of the tasks of the scene world: five for each, as MultiInstruct has them, with hints at the length of replies, as ChatBridge has them.
import { templatePools } from '../../src/data/index.js';
/** One pool for questions, one for requests to describe. */
export const WORDINGS = templatePools({
    question: {
        templates: [
            '{question}',
            'Look at the image and answer. {question}',
            'Question: {question} Answer:',
            '{question} Say what you see.',
            'Here is a question about the picture: {question}',
        ],
        hints: { short: ['Answer in a word.', 'A short answer, please.'], detailed: ['Answer in detail.', 'Tell all of it.'] },
    },
    describe: {
        templates: [
            '{question}',
            'Look at the image. {question}',
            'Task: {question}',
            '{question} Say what you see.',
            'Here is a request about the picture: {question}',
        ],
        hints: { short: ['Be brief.'], detailed: ['Tell all of it.'] },
    },
}, 'recipes/parts/wordings.ts');
//# sourceMappingURL=wordings.js.map