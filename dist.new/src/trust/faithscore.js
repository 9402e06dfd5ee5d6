// FaithScore (Jing et al. 2023) over claims: the share of atomic facts that hold, and of sentences without a false one.
/**
 * The scores. `official`: an answer without facts counts 0 among facts and 1 among sentences, as in the published code; otherwise it is
 * left out of both means. A fact whose verdict is unknown has not been verified and counts as false; one about an object that is not there
 * is false.
 */
export function faithScore(answers, { official = false } = {}) {
    let [facts, sentences, held, all, empty, counted] = [0, 0, 0, 0, 0, 0];
    for (const answer of answers) {
        const { verdicts } = answer;
        if (verdicts.length === 0) {
            empty++;
            if (official) {
                counted++;
                sentences++;
            }
            continue;
        }
        counted++;
        const right = verdicts.filter(({ verdict }) => verdict === 'true').length;
        facts += right / verdicts.length;
        held += right;
        all += verdicts.length;
        const wrong = new Set(verdicts.filter(({ verdict }) => verdict !== 'true').map(({ claim }) => claim.sentence)).size;
        sentences += answer.sentences ? Math.max(0, answer.sentences - wrong) / answer.sentences : 1;
    }
    const mean = (sum) => (counted ? sum / counted : 0);
    return { facts: mean(facts), sentences: mean(sentences), micro: all ? held / all : 0, n: answers.length, empty };
}
//# sourceMappingURL=faithscore.js.map