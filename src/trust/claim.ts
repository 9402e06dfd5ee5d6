// A claim: one thing that a text says of an image, with its place in the text.

/** The kinds of claims, as hallucination is counted by. */
export const CLAIM_TYPES = ['existence', 'attribute', 'relation', 'count', 'text'] as const;
export type ClaimType = (typeof CLAIM_TYPES)[number];

/** How one object stands to another. */
export const CLAIM_RELATIONS = ['left', 'right', 'above', 'below', 'inside', 'near', 'on', 'under', 'behind', 'front'] as const;
export type ClaimRelation = (typeof CLAIM_RELATIONS)[number];

/** Where the words of a claim are: UTF-16 offsets into its text; sentences count from 0. */
export interface ClaimPlace {
  text: string;
  start: number;
  end: number;
  sentence: number;
  /** The number of the noun in its text that the claim is about; claims with one number share a noun. */
  noun: number;
  /** The text says that it is not so: "there is no dog". */
  denied?: true;
}

/** "There is a dog": one for each time that a text names an object. */
export type ExistenceClaim = ClaimPlace & {
  type: 'existence';
  object: string;
  /** Where the noun phrase begins: at its article, number or first attribute. */
  phrase: number;
};
/** "The dog is red": the words are those of the value alone. */
export type AttributeClaim = ClaimPlace & { type: 'attribute'; object: string; kind: AttributeKind; value: string };
/** "Two dogs": the words are those of the number alone. */
export type CountClaim = ClaimPlace & { type: 'count'; object: string; count: number };
/** "The dog is left of the cup": the words reach from one noun to the other; `otherNoun` is the number of the second. */
export type RelationClaim = ClaimPlace & { type: 'relation'; object: string; relation: ClaimRelation; other: string; otherNoun: number };
/** "The dog is at the top left of the image": a relation to the image; `place` has a column, a row or both. */
export type PlaceClaim = ClaimPlace & { type: 'relation'; object: string; relation: 'place'; place: ImagePlace };
/** "A sign says STOP": the words are the printed ones alone. It is about no noun, and `noun` is -1. */
export type TextClaim = ClaimPlace & { type: 'text'; words: string };

export type Claim = ExistenceClaim | AttributeClaim | CountClaim | RelationClaim | PlaceClaim | TextClaim;

export type AttributeKind = 'color' | 'size' | 'material';

/** A part of an image in thirds; a direction that is not said is left out. */
export interface ImagePlace {
  column?: 'left' | 'middle' | 'right';
  row?: 'top' | 'middle' | 'bottom';
}
