// The interface of a selector: which demonstrations are shown for a query.

import type { Rng } from '../../../util/rng.js';
import type { BankVectors, DemoBank } from '../bank.js';
import type { DemoVectors } from '../vectors.js';

/** What a selector compares. */
export type SelectorNeed = 'image' | 'text';

/** What a selector is given. */
export interface Selection {
  bank: DemoBank;
  /** Numbers of the demos that may be chosen: those with an answer, without the query itself. */
  from: readonly number[];
  /** Of the query, as far as the selector needs it. */
  query: DemoVectors;
  shots: number;
  /** Of all queries. */
  seed: number;
  /** Of this query alone. */
  rng: Rng;
}

/** A selection by vectors, which are there. */
export type VectorSelection = Selection & { vectors: BankVectors };

/** One selector. */
export interface DemoSelector {
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  /** What of demos and queries it compares; none for one that does not look. */
  readonly needs: readonly SelectorNeed[];
  /** Numbers of demos, the most similar first; fewer where there are not as many. */
  select(selection: VectorSelection): number[];
}
