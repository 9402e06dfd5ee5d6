// LURE (Zhou et al. 2023): co-occurrence, uncertainty and position as signs of a made-up object, and the mask that a revisor fills.

import type { ExistenceClaim } from './claim.js';
import { claimLogProbs, type TokenLogProb } from './flags.js';

/** How often objects are named together in captions, and how often each is. */
export class CaptionCooccurrence {
  private readonly together = new Map<string, number>();
  private readonly alone = new Map<string, number>();

  /** Adds the objects of one caption. */
  add(objects: Iterable<string>): void {
    const ids = [...new Set(objects)].sort();
    for (const [i, a] of ids.entries()) {
      this.alone.set(a, (this.alone.get(a) ?? 0) + 1);
      for (const b of ids.slice(i + 1)) this.together.set(`${a}|${b}`, (this.together.get(`${a}|${b}`) ?? 0) + 1);
    }
  }

  /** Captions with both over captions with either (the paper's co-occurrence score of a pair), 0 for objects never named. */
  of(a: string, b: string): number {
    const both = this.together.get(a < b ? `${a}|${b}` : `${b}|${a}`) ?? 0;
    const either = (this.alone.get(a) ?? 0) + (this.alone.get(b) ?? 0) - both;
    return either ? both / either : 0;
  }
}

/** The three factors of one mention. */
export interface LureFactors {
  claim: ExistenceClaim;
  /** Sum of the co-occurrence with every other object of the text. */
  cooccurrence: number;
  /** -log p of the least probable token of the noun; undefined without log-probabilities. */
  uncertainty?: number;
  /** Where the noun begins, as a share of the text's length. */
  position: number;
}

/** The factors of all mentions of a text. */
export function lureFactors(
  text: string,
  claims: readonly ExistenceClaim[],
  { cooccurrence, tokens }: { cooccurrence?: CaptionCooccurrence; tokens?: readonly TokenLogProb[] } = {},
): LureFactors[] {
  const objects = [...new Set(claims.map(({ object }) => object))];
  const logProbs = tokens && claimLogProbs(claims, tokens);
  return claims.map((claim, i) => {
    const logProb = logProbs?.[i];
    return {
      claim,
      cooccurrence: objects.reduce((sum, other) => sum + (other === claim.object ? 0 : (cooccurrence?.of(claim.object, other) ?? 0)), 0),
      ...(logProb === undefined ? {} : { uncertainty: -logProb }),
      position: text.length ? claim.start / text.length : 0,
    };
  });
}

/** The thresholds of the published inference: uncertainty over 0.9, or the last fifth of the text. */
export const LURE_THRESHOLDS = { uncertainty: 0.9, position: 0.8 } as const;

/** The mentions that the published inference masks. */
export function lureSuspects(
  factors: readonly LureFactors[],
  thresholds: { uncertainty: number; position: number } = LURE_THRESHOLDS,
): LureFactors[] {
  return factors.filter(({ uncertainty = 0, position }) => uncertainty > thresholds.uncertainty || position > thresholds.position);
}

/** The text with each suspect noun as `[IDK]`: what a revisor gets beside the image. */
export function lureMask(text: string, suspects: readonly LureFactors[], mask = '[IDK]'): string {
  let out = '';
  let at = 0;
  for (const { claim } of [...suspects].sort((a, b) => a.claim.start - b.claim.start)) {
    out += text.slice(at, claim.start) + mask;
    at = claim.end;
  }
  return out + text.slice(at);
}
