// The claims of a reply for the pages of `sensorium eval`: judged by the exact truth of a scene, or unjudged where only the words are known.
import { Vocabulary } from '../evaluate/mentions.js';
import { sceneBehind } from '../evaluate/scenes.js';
import { isImagePart, mediaParts } from '../text/index.js';
import { extractClaims, spoken } from '../trust/claims.js';
import { cocoObjects, cocoOther } from '../trust/coco-objects.js';
import { judgeByTruth, worldTruth } from '../trust/truth.js';
/** Marks the claims of replies; undefined for a reply without claims. `vocabulary`: that of the scene world where the rows are of it; the names of COCO by default. */
export function claimMarks(vocabulary = new Vocabulary(cocoObjects, cocoOther)) {
    return ({ reply, messages }) => {
        const text = spoken(reply);
        const claims = extractClaims(text, vocabulary);
        if (claims.length === 0)
            return text === reply ? undefined : { text, marks: [] };
        const part = mediaParts(messages).find(isImagePart);
        const scene = part && sceneBehind(part.source)?.scene;
        const truth = scene ? worldTruth(scene) : undefined;
        return {
            text,
            marks: claims.map((claim) => {
                const { start, end, type } = claim;
                if (!truth)
                    return { start, end, type, verdict: 'unknown' };
                const { verdict, instead } = judgeByTruth(claim, truth);
                return { start, end, type, verdict, ...(instead === undefined ? {} : { instead }) };
            }),
        };
    };
}
//# sourceMappingURL=claim-marks.js.map