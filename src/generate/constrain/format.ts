// The forms a reply can be given, and their grammars.

import { SensoriumError } from '../../util/errors.js';
import { type CallableTool, compileCalls } from './calls.js';
import { Budget, type ConstraintLimits, LIMITS } from './errors.js';
import type { Grammar } from './grammar.js';
import { grammarOf } from './join-rules.js';
import { bytes, type Node, seq, star, text } from './node.js';
import { regex } from './regex.js';
import { compileRules, type GrammarRules } from './rules.js';
import { compileSchema, type JsonSchema, type Whitespace } from './schema.js';

/** The form of a reply. */
export type ResponseFormat =
  | { type: 'text' }
  /** A JSON value that satisfies a schema (the subset in docs/constrain.md). */
  | { type: 'json_schema'; schema: JsonSchema; whitespace?: Whitespace; limits?: ConstraintLimits }
  /** Any JSON object. */
  | { type: 'json_object'; whitespace?: Whitespace; limits?: ConstraintLimits }
  /**
   * Calls of tools, and nothing else (see `compileCalls`): exactly one, or with `several` at least one. With `reply` the model may also write a
   * JSON value that satisfies this schema.
   */
  | { type: 'tool_calls'; tools: readonly CallableTool[]; several?: boolean; reply?: JsonSchema; limits?: ConstraintLimits }
  /** A text that matches a regular expression as a whole. */
  | { type: 'regex'; pattern: string; limits?: ConstraintLimits }
  /** A text of a small language: see `compileRules`. */
  | { type: 'rules'; rules: GrammarRules; start: string; limits?: ConstraintLimits };

/** A form that is compiled. */
export type ConstrainedFormat = Exclude<ResponseFormat, { type: 'text' }>;

/** What a grammar depends on beside the form. */
export interface FormatOptions {
  /** See `grammarOf`. */
  spellable?: Uint8Array;
  /** The text may not begin with a space. */
  noLeadingSpace?: boolean;
  /** Counts the work. Default: a new one of `limits.work`. */
  budget?: Budget;
}

/** The grammar of a form. Throws `constrain.schema`, `constrain.regex`, `constrain.empty`, `constrain.recursion`, `constrain.size`. */
export function formatGrammar(format: ConstrainedFormat, o: FormatOptions = {}): Grammar {
  const { limits } = format;
  const { spellable, noLeadingSpace, budget = new Budget(limits?.work ?? LIMITS.work) } = o;
  const how = { limits, spellable, budget };
  switch (format.type) {
    case 'json_schema':
      return compileSchema(format.schema, { whitespace: format.whitespace, ...how });
    case 'json_object':
      return compileSchema({ type: 'object' }, { whitespace: format.whitespace, ...how });
    case 'tool_calls':
      return compileCalls(format.tools, { several: format.several, reply: format.reply, ...how });
    case 'rules':
      return compileRules(format.rules, format.start, how);
    case 'regex': {
      budget.place = 'pattern';
      const whole = regex(format.pattern, { budget });
      return grammarOf([{ node: noLeadingSpace ? withoutLeadingSpace(whole) : whole, place: 'pattern' }], 0, how);
    }
    default:
      throw new SensoriumError('generate.option', 'this is no response format', {
        place: 'responseFormat',
        expected: "type 'text', 'json_object', 'json_schema', 'tool_calls', 'regex' or 'rules'",
        got: JSON.stringify((format as { type?: unknown }).type ?? null),
      });
  }
}

const withoutLeadingSpace = (node: Node): Node => ({ kind: 'without', node, other: seq(text(' '), star(bytes([[0, 0xff]]))) });
