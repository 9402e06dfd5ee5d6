// The claims of a reply about a scene of the world, checked against its exact truth: how open benchmarks over scenes do without a judge.
import { CATEGORIES, groupsOf } from '../world/index.js';
import { extractClaims } from './claims.js';
import { textCounts } from './scores.js';
import { judgeByTruth, worldTruth } from './truth.js';
/** True and false claims, the share of the objects that the reply names, and what it names. Claims that nothing decides count for neither. */
export function checkWorldClaims(scene, reply, vocabulary) {
    const truth = worldTruth(scene);
    const verdicts = extractClaims(reply, vocabulary).map((claim) => judgeByTruth(claim, truth));
    const present = groupsOf(scene).map(({ category }) => CATEGORIES[category]?.id ?? '');
    const { covered } = textCounts({ text: reply, verdicts, present });
    return {
        right: verdicts.filter(({ verdict }) => verdict === 'true').length,
        wrong: verdicts.filter(({ verdict }) => verdict === 'false').length,
        cover: present.length === 0 ? 1 : covered / present.length,
        named: verdicts.flatMap(({ claim, verdict }) => claim.type === 'existence' && !claim.denied ? [{ name: claim.text, object: claim.object, there: verdict === 'true' }] : []),
    };
}
//# sourceMappingURL=world-claims.js.map