// Beam search with the semantics of transformers: several continuations at once, the best by length-normalised log-probability.
import { generationOf } from '../model/generation-config.js';
import { SensoriumError } from '../util/errors.js';
import { prepareOptions } from './constrain/compiled.js';
import { withinOf } from './policy.js';
import { checkOption } from './processors/check.js';
import { RowChooser } from './processors/row.js';
import { resolveOptions } from './resolve.js';
import { topChoices } from './sampling.js';
import { policyOf } from './tokens.js';
/** Searches for the best replies to one prompt. Deterministic: equal scores go by beam, then by id. Throws `generate.option`, `generate.context`. */
export async function beamSearch(model, tokenizer, prompt, o = {}, config = generationOf(tokenizer)) {
    const { beams = 1, returnSequences = 1, topLogProbs = 0 } = o;
    const { lengthPenalty = config.beams.lengthPenalty ?? 1, earlyStopping = config.beams.earlyStopping ?? false } = o;
    checkOptions(o);
    const policy = policyOf(model, o);
    const size = { promptTokens: prompt.ids.length, room: policy.room(prompt) };
    const { choose, endIds, limit } = resolveOptions(await prepareOptions(o, tokenizer), { ...config, stop: [] }, size);
    const pool = new Hypotheses(beams, lengthPenalty, earlyStopping, limit);
    o.signal?.throwIfAborted();
    let running = [{ row: RowChooser.create(tokenizer, prompt.ids, choose, endIds), score: 0, tokens: [] }];
    /** Logits are valid until something else is computed: what is chosen by is there before. */
    const ready = () => Promise.all(running.map(({ row }) => row.prepare(() => o.signal?.aborted === true)));
    await ready();
    let rows = await policy.start([prompt]);
    let { logits } = rows;
    for (let length = 1; length <= limit; length++) {
        o.signal?.throwIfAborted();
        const scores = running.map((_, b) => logits.at(b));
        const sums = running.map((_, b) => logits.logSum(b));
        const candidates = best(running, { rows: scores, sums, logits }, 2 * beams);
        if (candidates.length === 0)
            noneLeft();
        const next = [];
        for (const [rank, c] of candidates.entries()) {
            if (next.length === beams)
                break;
            const b = running.indexOf(c.parent);
            if (c.parent.row.isEnd(c.id)) {
                // An end that is worse than the best continuations is no end.
                if (rank < beams)
                    pool.add({ tokens: [...c.parent.tokens], score: c.score, finish: 'stop' }, length);
                continue;
            }
            const row = c.parent.row.fork();
            row.accept(c.id);
            const raw = scores[b];
            const token = { id: c.id, logProb: raw[c.id] - sums[b] };
            if (topLogProbs > 0)
                token.top = topChoices(raw, topLogProbs, sums[b]);
            const tokens = [...c.parent.tokens, token];
            // A form that is complete needs no end token, and no probability is lost on one.
            if (row.ended) {
                if (rank < beams)
                    pool.add({ tokens, score: c.score, finish: 'stop' }, length);
            }
            else
                next.push({ ...c, row, tokens });
        }
        const over = pool.isDone(candidates[0].score, length);
        if (over || next.length === 0 || length === limit) {
            if (!over)
                for (const n of next)
                    pool.add({ tokens: n.tokens, score: n.score, finish: 'length' }, length);
            break;
        }
        const parents = next.map((n) => running.indexOf(n.parent));
        rows = policy.select(rows, parents, beams);
        running = next;
        await ready();
        logits = await policy.step(rows, next.map((n) => n.id));
    }
    return pool.best(returnSequences).map((s) => ({
        ...s,
        text: tokenizer.decode(s.tokens.map((t) => t.id), { skipSpecial: true, skipUnknown: true }),
    }));
}
/** The `count` best continuations of all beams, best first. */
function best(running, { rows, sums, logits }, count) {
    const candidates = running.flatMap((parent, b) => {
        // As in transformers, processors change log-probabilities, not logits.
        const sum = sums[b];
        const within = withinOf(logits, b);
        const scores = parent.row.processed(rows[b].map((v) => v - sum), within && ((allowed) => within(allowed).map((v) => v - sum)));
        return topChoices(scores, count, 0)
            .filter((c) => c.logProb !== Number.NEGATIVE_INFINITY)
            .map((c) => ({ parent, id: c.id, score: parent.score + c.logProb }));
    });
    // The sort is stable: equal scores stay in the order of beams and ids.
    return candidates.sort((a, b) => b.score - a.score).slice(0, count);
}
/** The replies that have ended, at most as many as there are beams (BeamHypotheses in transformers). */
class Hypotheses {
    beams;
    lengthPenalty;
    earlyStopping;
    limit;
    kept = [];
    constructor(beams, lengthPenalty, earlyStopping, limit) {
        this.beams = beams;
        this.lengthPenalty = lengthPenalty;
        this.earlyStopping = earlyStopping;
        this.limit = limit;
    }
    /** `length`: tokens generated, the end token included. `score` comes in as a sum. */
    add(ended, length) {
        const score = ended.score / length ** this.lengthPenalty;
        const at = this.kept.findIndex((h) => h.score < score);
        if (at < 0)
            this.kept.push({ ...ended, score });
        else
            this.kept.splice(at, 0, { ...ended, score });
        if (this.kept.length > this.beams)
            this.kept.pop();
    }
    /** True when no running beam can come among the best any more. `sum`: the best sum of log-probabilities at this length. */
    isDone(sum, length) {
        if (this.kept.length < this.beams)
            return false;
        if (this.earlyStopping === true)
            return true;
        const longest = this.earlyStopping === 'never' && this.lengthPenalty > 0 ? this.limit : length;
        return this.kept[this.kept.length - 1].score >= sum / longest ** this.lengthPenalty;
    }
    best(count) {
        return this.kept.slice(0, count);
    }
}
function checkOptions(o) {
    const { beams = 1, lengthPenalty = 1, earlyStopping = false, returnSequences = 1 } = o;
    checkOption(Number.isInteger(beams) && beams >= 1 && beams <= 256, 'beams', '1 to 256', beams);
    checkOption(Number.isInteger(returnSequences) && returnSequences >= 1 && returnSequences <= beams, 'returnSequences', `1 to beams (${beams})`, returnSequences);
    checkOption(Number.isFinite(lengthPenalty), 'lengthPenalty', 'a number', lengthPenalty);
    checkOption([true, false, 'never'].includes(earlyStopping), 'earlyStopping', "true, false or 'never'", earlyStopping);
    checkOption((o.temperature ?? 0) === 0, 'temperature', '0, for beams are not drawn', o.temperature);
    checkOption(o.doSample !== true, 'doSample', 'false, for beams are not drawn', o.doSample);
    checkOption((o.stop ?? []).length === 0, 'stop', 'nothing: beams end with an end token or at maxTokens', o.stop);
}
function noneLeft() {
    throw new SensoriumError('generate.masked', 'no token is left to choose from', { expected: 'at least one that is not forbidden' });
}
//# sourceMappingURL=beam.js.map