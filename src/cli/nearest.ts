// "Did you mean …": the known word closest to a mistyped one.

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`: optimal string alignment distance. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const at = (r: number, c: number): number => rows[r]?.[c] ?? Number.POSITIVE_INFINITY;
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, (row[j - 1] as number) + 1, at(i - 1, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] as number;
}

/** Up to three of `known` that `word` may have meant, closest first; words that begin with it count as close. */
export function nearest(word: string, known: readonly string[]): string[] {
  const limit = Math.max(1, Math.ceil(word.length / 3));
  return known
    .map((name) => ({ name, distance: word.length > 1 && name.startsWith(word) ? 0.5 : editDistance(word.toLowerCase(), name) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** `Did you mean x or y?`, or `undefined` when nothing is close. */
export function didYouMean(word: string, known: readonly string[], prefix = ''): string | undefined {
  const close = nearest(word, known).map((name) => prefix + name);
  return close.length > 0 ? `Did you mean ${close.join(' or ')}?` : undefined;
}
