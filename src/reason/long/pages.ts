// Pages of a long document by what is printed on them and by what they look like: BM25 over the words that a reader found, likeness of images, both by ranks.

import { SensoriumError } from '../../util/errors.js';

/** A page as it is indexed. */
export interface IndexedPage {
  /** From 1. */
  number: number;
  /** What is printed on it: of a reader, or of the file. */
  text?: string;
  /** Unit vector of its image. */
  vector?: Float32Array;
}

/** A page that was found, and the ranks (from 1) by which it was. */
export interface FoundPage {
  number: number;
  score: number;
  ranks: { text?: number; image?: number };
}

/** Robertson's constants of BM25, and Cormack's of reciprocal ranks (2009). */
const [K1, B, RANK] = [1.2, 0.75, 60] as const;

/** Words in small letters; letters of scripts without spaces singly and in pairs. */
export function terms(text: string): string[] {
  const out: string[] = [];
  for (const [run] of text
    .toLowerCase()
    .normalize('NFKC')
    .matchAll(/\p{Script=Han}+|[\p{L}\p{N}]+/gu)) {
    if (!/\p{Script=Han}/u.test(run)) out.push(run);
    else {
      const letters = [...run];
      for (const [i, letter] of letters.entries()) out.push(letter, ...(i > 0 ? [`${letters[i - 1]}${letter}`] : []));
    }
  }
  return out;
}

/** An index of pages. Errors: `agent.argument` for pages that come twice, and for vectors of different lengths. */
export class PageIndex {
  private readonly counts: Map<string, number>[] = [];
  private readonly lengths: number[] = [];
  private readonly documents = new Map<string, number>();
  private readonly meanLength: number;

  constructor(readonly pages: readonly IndexedPage[]) {
    const wrong = (place: string, expected: string, got: string): SensoriumError =>
      new SensoriumError('agent.argument', 'these pages cannot be indexed', { place, expected, got });
    if (new Set(pages.map(({ number }) => number)).size < pages.length)
      throw wrong('pages', 'each number once', 'a number that comes twice');
    const widths = new Set(pages.flatMap(({ vector }) => (vector ? [vector.length] : [])));
    if (widths.size > 1) throw wrong('vector', 'vectors of one length', [...widths].join(' and '));
    for (const { text = '' } of pages) {
      const own = new Map<string, number>();
      const all = terms(text);
      for (const term of all) own.set(term, (own.get(term) ?? 0) + 1);
      for (const term of own.keys()) this.documents.set(term, (this.documents.get(term) ?? 0) + 1);
      this.counts.push(own);
      this.lengths.push(all.length);
    }
    this.meanLength = this.lengths.reduce((a, b) => a + b, 0) / Math.max(1, pages.length);
  }

  /** BM25 of every page (Robertson and Zaragoza 2009). */
  bm25(query: string): number[] {
    const wanted = new Set(terms(query));
    const n = this.pages.length;
    return this.counts.map((own, i) => {
      let sum = 0;
      for (const term of wanted) {
        const count = own.get(term) ?? 0;
        const df = this.documents.get(term) ?? 0;
        const idf = Math.log(1 + (n - df + 0.5) / (df + 0.5));
        sum += (idf * count * (K1 + 1)) / (count + K1 * (1 - B + (B * (this.lengths[i] as number)) / (this.meanLength || 1)));
      }
      return sum;
    });
  }

  /**
   * The `most` best pages for a query in words, in a vector of the images' space, or both: by the sum of 1 / (60 + rank) over those that rank them.
   * Pages that share no word with the query have no rank by text.
   */
  find(query: { text?: string; vector?: Float32Array }, most = 3): FoundPage[] {
    const found = this.pages.map(({ number }): FoundPage => ({ number, score: 0, ranks: {} }));
    const rank = (kind: 'text' | 'image', scores: readonly number[], least: number): void => {
      const order = scores.map((score, i) => ({ score, i })).filter(({ score }) => score > least);
      order.sort((a, b) => b.score - a.score || a.i - b.i);
      order.forEach(({ i }, at) => {
        const page = found[i] as FoundPage;
        page.ranks[kind] = at + 1;
        page.score += 1 / (RANK + at + 1);
      });
    };
    if (query.text !== undefined) rank('text', this.bm25(query.text), 0);
    const { vector: wanted } = query;
    if (wanted)
      rank(
        'image',
        this.pages.map(({ vector }) =>
          vector ? vector.reduce((sum, v, i) => sum + v * (wanted[i] as number), 0) : Number.NEGATIVE_INFINITY,
        ),
        Number.NEGATIVE_INFINITY,
      );
    return found
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || a.number - b.number)
      .slice(0, most);
  }
}
