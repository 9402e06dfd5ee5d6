// Woodpecker (Yin et al. 2023): five stages after a reply, over any detector and any model that answers questions, the evidence kept.
import { SensoriumError } from '../util/errors.js';
import { claimQuestion } from './claim-question.js';
import { extractClaims, spoken } from './claims.js';
import { correctText } from './correct.js';
import { readerVerifier } from './reader.js';
import { detectorVerifier, modelVerifier } from './verifier.js';
/**
 * Corrects a reply about an image. Stages: key concepts of the text; a question for each of its claims; their verdicts, first by the detector, and
 * by the model where the detector does not know; what is seen, with boxes; the text corrected by it. Errors: `trust.verifier` without any of
 * them, `trust.image`, those of both.
 */
export async function woodpecker(reply, subject, options) {
    const { naming, detector, threshold, doubt, reader, vqa, signal, correct = (task) => correctText(task.text, task.verdicts, task.naming), } = options;
    if (!detector && !reader && !vqa)
        throw new SensoriumError('trust.verifier', 'nothing can verify the claims', {
            expected: 'a detector, a reader, a model that answers questions, or several of them',
            hint: 'Give `detector`, `reader` or `vqa`',
        });
    const text = spoken(reply);
    const claims = extractClaims(reply, naming.vocabulary);
    const concepts = [...new Set(claims.flatMap((claim) => (claim.type === 'existence' ? [claim.object] : [])))];
    let asked = 0;
    let verdicts = claims.map((claim) => ({ claim, verdict: 'unknown' }));
    const run = async (verify) => {
        const open = verdicts.flatMap((v, i) => (v.verdict === 'unknown' ? [i] : []));
        if (open.length === 0)
            return;
        const found = await verify(open.map((i) => claims[i]), { signal });
        asked += found.asked;
        verdicts = verdicts.map((v, i) => {
            const at = open.indexOf(i);
            const now = at < 0 ? undefined : found.verdicts[at];
            return now && now.verdict !== 'unknown' ? { ...now, boxes: now.boxes ?? v.boxes } : now?.boxes ? { ...v, boxes: now.boxes } : v;
        });
    };
    if (detector)
        await run((open, how) => detectorVerifier(detector, { threshold, doubt }).verify(open, subject, how));
    if (reader)
        await run((open, how) => readerVerifier(reader).verify(open, subject, how));
    let questions = [];
    if (vqa) {
        const open = verdicts.filter(({ verdict }) => verdict === 'unknown').map(({ claim }) => claim);
        questions = [...new Set(open.map((claim) => claimQuestion(claim, naming).question))];
        await run((left, how) => modelVerifier(vqa, { naming }).verify(left, subject, how));
    }
    const facts = factsOf(concepts, verdicts);
    const corrected = await correct({ text, verdicts, facts, naming });
    return { ...corrected, concepts, questions, verdicts, facts, asked };
}
function factsOf(concepts, verdicts) {
    return concepts.flatMap((object) => {
        const own = verdicts.filter(({ claim }) => claim.type !== 'text' && claim.object === object && !claim.denied);
        if (own.some(({ claim, verdict }) => claim.type === 'existence' && verdict === 'false'))
            return [];
        const boxes = own.find(({ claim, boxes: found }) => claim.type === 'existence' && found?.length)?.boxes ?? [];
        const counted = own.flatMap(({ claim, verdict, instead }) => claim.type !== 'count' ? [] : verdict === 'true' ? [claim.count] : instead === undefined ? [] : [Number(instead)])[0];
        const attributes = own.flatMap(({ claim, verdict, instead }) => claim.type !== 'attribute' ? [] : verdict === 'true' ? [claim.value] : verdict === 'false' && instead !== undefined ? [instead] : []);
        const count = boxes.length || counted;
        return [{ object, ...(count ? { count } : {}), attributes: [...new Set(attributes)], boxes }];
    });
}
/** What is seen in sentences, for a corrector that is a language model: "There are 2 dogs: [12,30,80,91] [96,20,140,88]." */
export function factSentences(facts, { name }) {
    return facts.flatMap(({ object, count, attributes, boxes }) => {
        const where = boxes.length ? `: ${boxes.map((box) => `[${box.map((v) => Math.round(v)).join(',')}]`).join(' ')}` : '';
        return [
            `There ${count === undefined || count === 1 ? `is ${name(object)}` : `are ${count} of ${name(object)}`}${where}.`,
            ...attributes.map((value) => `The ${name(object)} is ${value}.`),
        ];
    });
}
//# sourceMappingURL=woodpecker.js.map