// Scores of benchmarks that a judge rates, with the controls of the judge: unreadable verdicts, agreement of repeats, the order of pairs.
import { meanVerdict } from './judge.js';
import { meanScore, share } from './scores.js';
/** The judge's number for each row under one of its prompts; undefined where it cannot be read. */
export const verdictsOf = (done, prompt, read) => done.map(({ verdicts }) => meanVerdict(verdicts?.[prompt] ?? [], read));
/** Whether the judge's number for a row is at least `least`; false where it cannot be read. */
export function ratedAtLeast(row, least, read) {
    const [rating] = verdictsOf([row], 0, read);
    return rating !== undefined && rating >= least;
}
/** The mean over rows with a verdict. */
export function ratingScore(name, values, range, note) {
    const known = values.filter((value) => value !== undefined);
    return meanScore(name, known, range, { note: note ?? `${range[0]} to ${range[1]}` });
}
/** Share of verdicts without a number, and share of repeated verdicts that agree with the first where the judge was asked more than once. */
export function judgeControls(done, read) {
    let [n, bad, repeats, same] = [0, 0, 0, 0];
    for (const { verdicts = [] } of done)
        for (const [prompt, replies] of verdicts.entries()) {
            const values = replies.map((reply) => read(reply, prompt));
            n += values.length;
            bad += values.filter((value) => value === undefined).length;
            repeats += values.length - 1;
            same += values.slice(1).filter((value) => value !== undefined && value === values[0]).length;
        }
    return [
        share('unreadable verdicts', bad, n, { better: 'lower', note: 'left out of the other scores' }),
        share('repeated verdicts that agree', same, Math.max(0, repeats), { detail: true }),
    ];
}
//# sourceMappingURL=judged.js.map