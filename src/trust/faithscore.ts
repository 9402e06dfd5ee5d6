// FaithScore (Jing et al. 2023) over claims: the share of atomic facts that hold, and of sentences without a false one.

import type { Verdict } from './truth.js';

/** One answer: the verdicts on its facts, and how many of its sentences describe the image. */
export interface FaithAnswer {
  verdicts: readonly Pick<Verdict, 'verdict' | 'claim'>[];
  /** Sentences that describe what is seen; others (opinions, guesses) hold no facts. */
  sentences: number;
}

export interface FaithScore {
  /** Mean over answers of the share of facts that hold. */
  facts: number;
  /** Mean over answers of the share of sentences without a false fact. */
  sentences: number;
  /** Facts that hold over all facts. */
  micro: number;
  /** Answers, and those of them without facts. */
  n: number;
  empty: number;
}

/**
 * The scores. `official`: an answer without facts counts 0 among facts and 1 among sentences, as in the published code; otherwise it is
 * left out of both means. A fact whose verdict is unknown has not been verified and counts as false; one about an object that is not there
 * is false.
 */
export function faithScore(answers: readonly FaithAnswer[], { official = false }: { official?: boolean } = {}): FaithScore {
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
  const mean = (sum: number): number => (counted ? sum / counted : 0);
  return { facts: mean(facts), sentences: mean(sentences), micro: all ? held / all : 0, n: answers.length, empty };
}
