// Verifiers: what gives verdicts on claims about an image: its truth, a detector, a model that is asked about each, a judge that reads.
import { haelmPrompt } from '../evaluate/judge-prompts.js';
import { parseRobust } from '../evaluate/yes-no.js';
import { SensoriumError } from '../util/errors.js';
import { claimQuestion } from './claim-question.js';
import { judgeByTruth } from './truth.js';
/** Verdicts by the truth of the image. Errors: `trust.truth` for a subject without one. */
export function truthVerifier() {
    return {
        name: 'truth',
        async verify(claims, { truth }) {
            if (!truth)
                throw new SensoriumError('trust.truth', 'the truth of an image is not known', { hint: 'Give the subject its `truth`' });
            return { verdicts: claims.map((claim) => judgeByTruth(claim, truth)), asked: 0 };
        },
    };
}
/**
 * Verdicts by what a detector finds with at least `threshold`: existence, counts and relations of its labels. Everything
 * else is unknown. Errors: `trust.image` for a subject without an image.
 */
export function detectorVerifier(detector, options = {}) {
    const own = options.threshold === undefined ? detector.verdicts : undefined;
    const threshold = options.threshold ?? own?.threshold ?? 0.5;
    const doubt = options.doubt ?? own?.doubt ?? threshold;
    const known = new Set(detector.labels);
    return {
        name: 'detector',
        async verify(claims, { image }, options) {
            if (!image)
                throw noImage();
            const detections = await detector.detect(image, options);
            const sure = detections.filter((one) => one.score >= threshold && !one.doubt);
            const truth = { objects: sure.map(({ label, box }) => ({ id: label, box })), knows: (id) => known.has(id) };
            const maybe = new Map();
            for (const one of detections)
                if (one.score >= doubt && (one.score < threshold || one.doubt))
                    maybe.set(one.label, (maybe.get(one.label) ?? 0) + 1);
            return { verdicts: claims.map((claim) => withDoubt(judgeByTruth(claim, truth), maybe)), asked: 1 };
        },
    };
}
/** A verdict as far as it stands whether or not the objects that may be there are. */
function withDoubt(verdict, maybe) {
    const { claim, boxes } = verdict;
    if (claim.type === 'text' || verdict.verdict === 'unknown')
        return verdict;
    const more = maybe.get(claim.object) ?? 0;
    const unknown = { claim, verdict: 'unknown', ...(boxes ? { boxes } : {}) };
    if (claim.type === 'count') {
        if (more === 0)
            return verdict;
        const sure = boxes?.length ?? 0;
        if (verdict.verdict === 'moot' || (claim.count >= sure && claim.count <= sure + more))
            return unknown;
        return { ...unknown, verdict: verdict.verdict };
    }
    const others = claim.type === 'relation' && claim.relation !== 'place' ? (maybe.get(claim.other) ?? 0) : 0;
    const absent = verdict.verdict === 'moot' || verdict.verdict === (claim.denied ? 'true' : 'false');
    return more + others > 0 && absent ? unknown : verdict;
}
const noImage = () => new SensoriumError('trust.image', 'claims are verified in an image', { expected: 'a subject with an image', got: 'none' });
/**
 * Verdicts by asking a model one question about each claim: a second model, or the first again. An answer that does not commit itself is
 * `unknown`. The same question is asked once. Errors: `trust.image`, `evaluate.replies`, those of the model.
 */
export function modelVerifier(model, { naming, name = 'model', maxTokens = 24 }) {
    return {
        name,
        async verify(claims, { image }, { signal } = {}) {
            if (!image)
                throw noImage();
            const questions = claims.map((claim) => claimQuestion(claim, naming));
            const distinct = [...new Set(questions.map(({ question }) => question))];
            const messages = distinct.map((question) => [
                { role: 'user', content: [{ ...image }, { type: 'text', text: question }] },
            ]);
            const replies = messages.length ? await model.replies(messages, { maxTokens, signal }) : [];
            if (replies.length !== distinct.length)
                throw new SensoriumError('evaluate.replies', 'the model did not answer every question about a claim', {
                    place: name,
                    expected: `${distinct.length} answers`,
                    got: String(replies.length),
                });
            const answers = new Map(distinct.map((question, i) => [question, replies[i]]));
            return { verdicts: verdictsOf(claims, questions, answers), asked: distinct.length };
        },
    };
}
function verdictsOf(claims, questions, answers) {
    const read = questions.map((q) => q.read(answers.get(q.question) ?? ''));
    const absent = new Set(claims.flatMap((claim, i) => (claim.type === 'existence' && !claim.denied && read[i]?.verdict === 'false' ? [claim.object] : [])));
    return claims.map((claim, i) => {
        const own = read[i];
        const gone = claim.type !== 'existence' &&
            claim.type !== 'text' &&
            (absent.has(claim.object) || (claim.type === 'relation' && claim.relation !== 'place' && absent.has(claim.other)));
        if (gone)
            return { claim, verdict: 'moot' };
        const flipped = claim.denied && own.verdict !== 'unknown' ? (own.verdict === 'true' ? 'false' : 'true') : own.verdict;
        return { claim, verdict: flipped, ...(own.instead === undefined || claim.denied ? {} : { instead: own.instead }) };
    });
}
/** The question that HaELM puts, in our words: does the reference bear the statement out? */
export const judgeTemplate = (statement, reference) => `What is in an image:\n${reference}\n\nStatement about the image: ${statement}\n\nDoes the statement agree with what is in the image? Answer yes or no.`;
/** HaELM's question as a template, which a judge that was trained for it wants: `judgeVerifier(judge, { statement, template: haelmTemplate })`. */
export const haelmTemplate = (statement, reference) => haelmPrompt(reference.split('\n').filter((line) => line.trim()), statement);
/**
 * Verdicts by a judge that reads the sentence of each claim beside the subject's reference. Errors: `trust.reference`, `evaluate.replies`.
 */
export function judgeVerifier(judge, { statement, template = judgeTemplate }) {
    return {
        name: judge.name,
        async verify(claims, { reference }, { signal } = {}) {
            if (reference === undefined)
                throw new SensoriumError('trust.reference', 'a judge needs something to read beside the claims', {
                    hint: 'Give the subject a `reference`',
                });
            const prompts = claims.map((claim) => template(statement(claim), reference));
            const replies = prompts.length ? await judge.replies(prompts, { signal }) : [];
            if (replies.length !== claims.length)
                throw new SensoriumError('evaluate.replies', 'the judge did not answer about every claim', {
                    expected: `${claims.length} answers`,
                    got: String(replies.length),
                });
            const verdicts = claims.map((claim, i) => {
                const said = parseRobust(replies[i]);
                return { claim, verdict: said === 'unknown' ? 'unknown' : said === 'yes' ? 'true' : 'false' };
            });
            return { verdicts, asked: prompts.length };
        },
    };
}
//# sourceMappingURL=verifier.js.map