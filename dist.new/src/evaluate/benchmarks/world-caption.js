// Captions of scenes, compared with the objects that are there: CHAIR and cover.
import { throwIfAborted } from '../../util/errors.js';
import { captionRequest } from '../../world/index.js';
import { chair, chairScoreList, judgeCaption } from '../chair.js';
import { withoutThinking } from '../reply.js';
import { unparsed } from '../scores.js';
/** Captions of the first `n` scenes (default 200). The constant replies name every object, and none. */
export function worldCaption(scenes) {
    const { source, language } = scenes;
    const { vocabulary } = source;
    return {
        name: 'caption',
        title: 'caption',
        about: 'captions, against the objects that are there',
        maxTokens: 128,
        constants: { yes: vocabulary.names(language).join(language === 'zh' ? '、' : ', '), no: '' },
        *rows({ n = 200, signal }) {
            for (let i = 0; i < n; i++) {
                throwIfAborted(signal);
                const seen = scenes.image(i);
                const { objects, boxes } = seen;
                yield { kind: 'caption', messages: scenes.ask(seen, captionRequest(language, 'long')), truth: objects.join(', '), objects, boxes };
            }
        },
        score(done) {
            const captions = done.map(({ reply }) => withoutThinking(reply));
            const scores = chairScoreList(chair(captions, done.map(({ objects }) => objects), vocabulary));
            return [...scores, { ...unparsed(captions, (caption) => caption.trim() === '', 'replies without a caption'), detail: true }];
        },
        right: ({ reply, objects }) => judgeCaption(withoutThinking(reply), objects, vocabulary).hallucinated.length === 0,
    };
}
//# sourceMappingURL=world-caption.js.map