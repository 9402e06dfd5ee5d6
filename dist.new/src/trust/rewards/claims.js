// The reward of a description by its claims: how many are true, and how much of what is there is named.
import { Vocabulary } from '../../evaluate/mentions.js';
import { worldVocabulary } from '../../evaluate/world-source.js';
import { placeOf } from '../../train/conversation-samples.js';
import { SensoriumError } from '../../util/errors.js';
import { extractClaims } from '../claims.js';
import { cocoObjects, cocoOther } from '../coco-objects.js';
import { textCounts } from '../scores.js';
import { judgeByTruth, labelTruth, worldTruth } from '../truth.js';
/** Vocabularies that labels may belong to; made at the first use. */
const known = [
    { make: () => worldVocabulary() },
    { make: () => new Vocabulary(cocoObjects, cocoOther) },
];
/** Precision and recall of the claims of a reply in one number from 0 to 1: 2PR / (P + R), 0 for a reply that claims nothing. */
export function claimScore(reply, { truth, vocabulary }) {
    const verdicts = extractClaims(reply, vocabulary).map((claim) => judgeByTruth(claim, truth));
    const right = verdicts.filter(({ verdict }) => verdict === 'true').length;
    const wrong = verdicts.filter(({ verdict }) => verdict === 'false').length;
    const present = [...new Set(truth.objects.map(({ id }) => id))];
    const { covered } = textCounts({ text: reply, verdicts, present });
    const precision = right + wrong === 0 ? 0 : right / (right + wrong);
    const recall = present.length === 0 ? 1 : covered / present.length;
    return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}
/** The truth of a row: its scene of the world (`scene`), or the names of what its image shows (`objects`). Errors: `train.data`. */
function truthOf(row) {
    const { scene, objects } = row.extra ?? {};
    if (isScene(scene))
        return { truth: worldTruth(scene), vocabulary: vocabularyOf([], row) };
    if (Array.isArray(objects) && objects.length > 0 && objects.every((name) => typeof name === 'string'))
        return { truth: labelTruth(objects), vocabulary: vocabularyOf(objects, row) };
    throw new SensoriumError('train.data', 'the truth of a row is not known, so that claims cannot be checked', {
        place: placeOf(row),
        expected: '"objects": ["dog", "cup"], what the image shows; or a scene of the world',
        got: Object.keys(row.extra ?? {}).join(', ') || 'no such key',
    });
}
const isScene = (value) => typeof value === 'object' && value !== null && Array.isArray(value.objects) && 'size' in value;
function vocabularyOf(labels, row) {
    for (const one of known) {
        one.vocabulary ??= one.make();
        const { ids } = one.vocabulary;
        if (labels.every((label) => ids.includes(label)))
            return one.vocabulary;
    }
    throw new SensoriumError('train.data', 'the objects of a row have names that no vocabulary has', {
        place: `${placeOf(row)}: objects`,
        expected: "COCO's 80 categories, or those of the scene world",
        got: labels.filter((label) => !known.some(({ vocabulary }) => vocabulary?.ids.includes(label))).join(', '),
    });
}
/** The reward `claims`. Rows need `scene` or `objects`. */
export function claimReward() {
    return {
        score: (samples) => samples.map(({ reply, row }) => claimScore(reply, truthOf(row))),
        check: (row) => void truthOf(row),
    };
}
//# sourceMappingURL=claims.js.map