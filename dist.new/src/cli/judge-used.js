// The check of the judge that an evaluation used: made once behind it, written beside the scores that the judge gave.
import { agreementLine, checkJudge } from '../evaluate/judge-check.js';
import { SensoriumError } from '../util/errors.js';
import { makeScene } from '../world/scene.js';
import { usageError } from './report.js';
/**
 * Checks a judge over `n` items of each task if it rated any of the results; 0 leaves the check out. `onMissing`: the judge is not asked, and a check
 * that the folder of the run does not have is left out.
 */
export async function checkUsedJudge(judge, results, { onMissing, ...options }) {
    if (!judge || options.n === 0 || !results.some((result) => namesJudge(result, judge.name)))
        return undefined;
    try {
        return await checkJudge({ judge, scene: (index) => makeScene(index, { split: 'test', seed: options.seed }), ...options });
    }
    catch (error) {
        if (!onMissing || !(error instanceof SensoriumError) || error.code !== 'evaluate.replies')
            throw error;
        onMissing();
        return undefined;
    }
}
const namesJudge = ({ about }, name) => about.endsWith(`(${name})`);
/** The results with the agreement of their judge behind its name. */
export function withAgreement(results, check) {
    if (!check)
        return [...results];
    return results.map((result) => namesJudge(result, check.judge) ? { ...result, about: `${result.about.slice(0, -1)}; ${agreementLine(check)})` } : result);
}
/** Throws a usage error for benchmarks that want ratings of a judge that says yes or no and nothing else. */
export function refuseRatings(benchmarks, judge) {
    if (!judge?.tasks || judge.tasks.includes('ratings'))
        return;
    const names = benchmarks.filter((benchmark) => benchmark.judge && !benchmark.yesNo).map(({ name }) => name);
    if (names.length > 0)
        throw usageError('this judge says yes or no, and the benchmark wants ratings', {
            place: '--judge',
            expected: 'an address or a model that follows instructions',
            got: `${judge.name} for ${names.join(', ')}`,
            hint: 'A trained judge rates captions: --bench haelm',
        });
}
//# sourceMappingURL=judge-used.js.map