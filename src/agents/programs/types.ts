// The types of programs, and which values fit where.

/** Types without parts. `scalar`: a number, text or truth value; `any`: whatever comes; `unknown`: what an empty list holds. */
export type BaseType = 'image' | 'box' | 'object' | 'patch' | 'number' | 'string' | 'boolean' | 'none' | 'scalar' | 'any' | 'unknown';

/** A type: `list<box>` is a list of boxes. */
export type Type = BaseType | `list<${string}>`;

/** A list of a type. */
export const listOf = (item: Type): Type => `list<${item}>`;

/** What a list holds; undefined of what is not a list. */
export const itemOf = (type: Type): Type | undefined => (type.startsWith('list<') ? (type.slice(5, -1) as Type) : undefined);

/** Whether a value of a type may stand where another is expected. An object is a box with a mask. */
export function fits(given: Type, expected: Type): boolean {
  if (given === expected || expected === 'any' || given === 'unknown') return true;
  if (expected === 'scalar') return given === 'number' || given === 'string' || given === 'boolean';
  if (expected === 'box') return given === 'object';
  const [item, wanted] = [itemOf(given), itemOf(expected)];
  return item !== undefined && wanted !== undefined && fits(item, wanted);
}

/** The type of both; undefined where they have none in common. */
export function joined(a: Type, b: Type): Type | undefined {
  return fits(a, b) ? b : fits(b, a) ? a : undefined;
}

/** A box that was found: in pixels of an image of the workspace. */
export interface FoundBox {
  readonly image: string;
  readonly box: readonly [number, number, number, number];
  readonly label: string;
  readonly score: number;
}

/** An object: a box with the name of its mask, which has the size of the image. */
export interface FoundObject extends FoundBox {
  readonly mask: string;
}

/** ViperGPT's ImagePatch: an image of the workspace; its place is in pixels of the whole picture, `lower` and `upper` counted from below. */
export interface Patch {
  readonly image: string;
  readonly left: number;
  readonly lower: number;
  readonly right: number;
  readonly upper: number;
}

/** Values of a program: JSON, in which images and masks stand by their names. */
export type Value = string | number | boolean | null | FoundBox | FoundObject | Patch | readonly Value[];

/** The TypeScript type of a type of programs. */
export type ValueOf<T> = T extends 'number'
  ? number
  : T extends 'string' | 'image'
    ? string
    : T extends 'boolean'
      ? boolean
      : T extends 'box'
        ? FoundBox
        : T extends 'object'
          ? FoundObject
          : T extends 'patch'
            ? Patch
            : T extends 'scalar'
              ? string | number | boolean
              : T extends `list<${infer I}>`
                ? readonly ValueOf<I>[]
                : Value;
