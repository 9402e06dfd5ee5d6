// ROUGE-L: the longest common subsequence of words with the best of several references (Lin 2004), as in pycocoevalcap.

/** Weight of recall over precision. */
const BETA = 1.2;
/** Words of a text that are compared: captions are shorter, and the work is bounded. */
const COMPARED = 2000;

/** Length of the longest common subsequence. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  const row = new Int32Array(b.length + 1);
  for (const word of a) {
    let before = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] as number;
      row[j] = word === b[j - 1] ? before + 1 : Math.max(above, row[j - 1] as number);
      before = above;
    }
  }
  return row[b.length] as number;
}

/** F of the best precision and the best recall over the references; 0 where either is 0. */
export function rougeL(candidate: readonly string[], references: readonly (readonly string[])[]): number {
  const own = candidate.slice(0, COMPARED);
  let [precision, recall] = [0, 0];
  for (const reference of references) {
    const other = reference.slice(0, COMPARED);
    const common = commonLength(own, other);
    if (common === 0) continue;
    precision = Math.max(precision, common / own.length);
    recall = Math.max(recall, common / other.length);
  }
  return precision > 0 && recall > 0 ? ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision) : 0;
}
