// Stop strings in text that is still growing.

/** Where the first of the stop strings begins; -1 when there is none. */
export function firstStop(text: string, stops: readonly string[]): number {
  const found = stops.map((s) => text.indexOf(s)).filter((i) => i >= 0);
  return found.length > 0 ? Math.min(...found) : -1;
}

/** Length of the longest end of `text` that could be the beginning of a stop string. */
export function danglingStop(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const s of stops) for (let n = Math.min(s.length - 1, text.length); n > longest; n--) if (text.endsWith(s.slice(0, n))) longest = n;
  return longest;
}
