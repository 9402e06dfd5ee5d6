// Programs as trees: what both forms, VisProg's lines and ViperGPT's Python, are parsed to. Every node knows where it stands.

import { SensoriumError } from '../../util/errors.js';
import type { Type } from './types.js';

/** Where something stands in the text of a program; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Operators of two values. `xor` is VisProg's. */
export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '//'
  | '%'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | 'not in'
  | 'and'
  | 'or'
  | 'xor';

/** An argument of a call; `name` is absent of one that is given by its place. */
export interface Argument {
  readonly name?: string;
  readonly value: Expression;
  readonly at: Place;
}

/** An expression. */
export type Expression = { readonly at: Place } & (
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'format'; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: 'unary'; readonly operator: '-' | 'not'; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'choice'; readonly test: Expression; readonly then: Expression; readonly otherwise: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly self?: Expression; readonly args: readonly Argument[] }
  | { readonly kind: 'attribute'; readonly self: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly self: Expression; readonly index: Expression }
  /** `[body for item in list if test]` */
  | { readonly kind: 'each'; readonly item: string; readonly list: Expression; readonly test?: Expression; readonly body: Expression }
  /** Only as an argument `key`. */
  | { readonly kind: 'lambda'; readonly item: string; readonly body: Expression }
);

/** A statement. */
export type Statement = { readonly at: Place } & (
  | { readonly kind: 'assign'; readonly name: string; readonly value: Expression }
  | { readonly kind: 'expression'; readonly value: Expression }
  | { readonly kind: 'if'; readonly test: Expression; readonly then: readonly Statement[]; readonly otherwise: readonly Statement[] }
  | { readonly kind: 'for'; readonly item: string; readonly list: Expression; readonly body: readonly Statement[] }
  | { readonly kind: 'return'; readonly value: Expression }
);

/** A program that is parsed. */
export interface Program {
  readonly form: 'visprog' | 'viper';
  /** What it is given, by name. */
  readonly inputs: readonly { readonly name: string; readonly type: Type }[];
  readonly body: readonly Statement[];
  readonly source: string;
}

/** Longest text of a program that is parsed, in characters. */
export const MAX_PROGRAM = 20_000;

/** An error in a program: `agent.program`, with its line and column. */
export function programError(summary: string, at: Place, details: { expected?: string; got?: string; hint?: string } = {}): SensoriumError {
  return new SensoriumError('agent.program', summary, { place: `line ${at.line}, column ${at.column}`, ...details });
}
