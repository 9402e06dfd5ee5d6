// The findings of a reply's clauses and the one verdict that they add up to.

export type YesNo = 'yes' | 'no';
/** What a reply says; `unknown` when it commits to neither. */
export type Verdict = YesNo | 'unknown';

/** What one clause of a reply says about the question. */
export interface Finding {
  /**
   * `answer`: yes or no in so many words. `claim`: a statement that what is asked for is there, or is not. `weak`: an assent ("sure",
   * "that is right") or a statement that implies an answer ("only a cat"). `hedge`: doubt, or a refusal. `aside`: answers nothing by
   * itself, but may be what something only seemed to be, or what it is instead.
   */
  kind: 'answer' | 'claim' | 'weak' | 'hedge' | 'aside';
  verdict: Verdict;
  /** Number of the sentence. */
  sentence: number;
  /** The clause follows "but", "however", … */
  contrast?: boolean;
  /** The clause corrects what was said before: "wait", "actually". */
  correction?: boolean;
  /** The clause draws the conclusion: "so", "therefore". */
  conclusion?: boolean;
  /** The clause is nothing but its answer. */
  bare?: boolean;
  /** The claim names what is asked for. */
  named?: boolean;
  /** The clause says what something seems to be: "at first glance", "looks like". */
  seems?: boolean;
  /** The clause says that it is something else: "but it is actually a cat". */
  instead?: boolean;
}

const opposite = (a: Verdict, b: Verdict): boolean => (a === 'yes' && b === 'no') || (a === 'no' && b === 'yes');

/** True when all that is said to be there only seemed so, and then is called something else. */
function onlySeemed(findings: readonly Finding[]): boolean {
  const first = findings.findIndex((f) => f.seems && f.verdict !== 'no');
  const last = findings.findLastIndex((f) => f.instead);
  if (first < 0 || last <= first) return false;
  const frame = findings[first] as Finding;
  return findings.every(
    (f, i) =>
      f.kind === 'aside' ||
      f.kind === 'hedge' ||
      (f.kind === 'claim' && f.verdict === 'yes' && (f.seems || (i > first && i < last && f.sentence === frame.sentence && !f.contrast))),
  );
}

/**
 * One verdict from all findings, in order: a later correction, the first answer (contradicted in its own sentence: unknown), a
 * conclusion, the first claim that doubt does not precede, an assent. `asked`: the claims are known to be about what was asked.
 */
export function decide(all: readonly Finding[], asked = true): Verdict {
  if (onlySeemed(all)) return 'no';
  const findings = all.filter((f) => f.kind !== 'aside');
  const corrected = findings.findLast((f, i) => f.correction && i > 0 && f.kind !== 'hedge');
  if (corrected) return corrected.verdict;
  const answers = findings.filter((f) => f.kind === 'answer');
  const [answer] = answers;
  const claims = findings.filter((f) => f.kind === 'claim');
  if (answer) {
    const same = (f: Finding): boolean => f.sentence === answer.sentence;
    if (answers.some((f) => same(f) && f.bare && opposite(f.verdict, answer.verdict))) return 'unknown';
    if (findings[0]?.kind === 'hedge' && findings[0].sentence === answer.sentence && !answer.contrast) return 'unknown';
    // "Yes, there is no dog": what is stated of the object outweighs the agreement.
    if (asked && answer.verdict === 'yes' && claims.some((f) => same(f) && f.named && !f.contrast && f.verdict === 'no')) {
      if (!claims.some((f) => same(f) && f.verdict === 'yes')) return 'no';
    }
    return answer.verdict;
  }
  const concluded = claims.findLast((f) => f.conclusion);
  if (concluded) return concluded.verdict;
  // "I thought there was a dog, but there isn't."
  const taken = claims[0]?.seems
    ? claims.find((f, i) => i > 0 && f.contrast && opposite(f.verdict, claims[0]?.verdict ?? 'unknown'))
    : undefined;
  const [claim] = taken ? [taken] : claims;
  // Not knowing what was asked: people deny what they were asked for, and then say what is there instead.
  if (!asked && claim) {
    const [first] = findings;
    if (first?.kind === 'weak') return first.verdict;
    if (!findings.some((f) => f.kind === 'hedge') && claims.some((f) => f.sentence === claim.sentence && f.named && f.verdict === 'no'))
      return 'no';
  }
  if (claim) {
    const at = findings.indexOf(claim);
    const hedges = findings.filter((f) => f.kind === 'hedge');
    // "At first glance it looks like a pillow. In fact it is a cat."
    const settled = (f: Finding): boolean => f.seems === true && !claim.seems && f.sentence < claim.sentence;
    const doubted = hedges.some((f) => findings.indexOf(f) < at && !settled(f)) && !claim.contrast && !claims.some((f) => f.contrast);
    if (doubted || hedges.some((f) => f.sentence === claim.sentence && findings.indexOf(f) > at)) return 'unknown';
    const turned = claims.find((f) => f.contrast && f.verdict === 'yes');
    return hedges.some((f) => findings.indexOf(f) < at) || turned
      ? (turned ?? claims.find((f) => f.contrast) ?? claim).verdict
      : claim.verdict;
  }
  if (findings.some((f) => f.kind === 'hedge')) return 'unknown';
  return findings.find((f) => f.kind === 'weak')?.verdict ?? 'unknown';
}
