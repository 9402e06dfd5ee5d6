// Open replies rated by exact truth: short answers by the parsers, descriptions by their claims about the scene.
import { mediaParts } from '../../../text/index.js';
import { captionRequest } from '../../../world/index.js';
import { questionOf } from '../../benchmark.js';
import { openAnswer } from '../../metrics/open-answer.js';
import { exactMatch } from '../../metrics/vqa.js';
import { withoutThinking } from '../../reply.js';
import { sceneBehind } from '../../scenes.js';
const NOTHING = { right: 0, wrong: 0, cover: 0, named: [] };
/** What asks for a description. */
export const DESCRIBE = captionRequest('en', 'long');
/** The rating of the reply to a row, and that of its true answer; `describes`: every question of the benchmark asks for a description. */
export function rateExactly(row, claims, describes = false) {
    const question = questionOf(row.messages);
    const scene = sceneBehind(mediaParts(row.messages).at(-1)?.source)?.scene;
    const rate = (text) => {
        const reply = withoutThinking(text);
        const { right, wrong, cover, named } = scene === undefined ? NOTHING : claims(scene, reply);
        if (describes || question === DESCRIBE)
            return { accuracy: right + wrong === 0 ? 0 : right / (right + wrong), coverage: cover, madeUp: wrong > 0, named };
        const denied = /^There is no /.test(row.truth) && right > 0;
        const answered = wrong === 0 && (denied || exactMatch(reply, row.truth, question) || openAnswer(reply, [row.truth]));
        const one = answered ? 1 : 0;
        return { accuracy: one, coverage: one, madeUp: !answered && reply.trim() !== '', named };
    };
    const [reply, truth] = [rate(row.reply), rate(row.truth)];
    const full = truth.coverage || 1;
    return [
        { ...reply, coverage: Math.min(1, reply.coverage / full) },
        { ...truth, coverage: truth.coverage / full },
    ];
}
/** Both in one number: the harmonic mean of accuracy and coverage. */
export const quality = ({ accuracy, coverage }) => accuracy + coverage === 0 ? 0 : (2 * accuracy * coverage) / (accuracy + coverage);
//# sourceMappingURL=exact.js.map