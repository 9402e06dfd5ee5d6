// Prompt lookup: what followed the last few tokens the last time they occurred is a guess at what follows now.

/** How much to guess (Saxena 2023, "Prompt Lookup Decoding"). */
export interface LookupOptions {
  /** Longest run of tokens to look for; shorter ones are tried after it. Default 3. */
  ngram?: number;
  /** Shortest run. Default 2. */
  least?: number;
  /** Most tokens to guess at once. Default 12. */
  tokens?: number;
  /** Guess only while at most this many rows decode: a check reads all weights for one row, which a full batch uses better. Default 2. */
  rows?: number;
}

/**
 * Up to `tokens` ids that followed the most recent earlier occurrence of the last n ids of `history`, for the largest n from `ngram`
 * down to `least` that occurs; empty when none does. Negative ids never match and end a guess.
 */
export function propose(history: ArrayLike<number>, o: { ngram: number; least: number; tokens: number }): number[] {
  const end = history.length;
  for (let n = Math.min(o.ngram, end - 1); n >= o.least; n--) {
    for (let at = end - n - 1; at >= 0; at--) {
      let i = 0;
      while (i < n && history[at + i] === history[end - n + i] && (history[at + i] as number) >= 0) i++;
      if (i < n) continue;
      const guess: number[] = [];
      for (let k = at + n; k < end && guess.length < o.tokens && (history[k] as number) >= 0; k++) guess.push(history[k] as number);
      return guess;
    }
  }
  return [];
}
