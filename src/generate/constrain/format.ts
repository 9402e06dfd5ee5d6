// The forms a reply can be given, and their constraints: compiled once for each tokenizer and kept.

import type { Tokenizer } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type CallableTool, compileCalls } from './calls.js';
import { Constraint } from './constraint.js';
import type { ConstraintLimits } from './errors.js';
import { type Grammar, grammarOf } from './grammar.js';
import { bytes, type Node, seq, star, text } from './node.js';
import { regex } from './regex.js';
import { assertShallow, compileSchema, type JsonSchema, type Whitespace } from './schema.js';
import { type TokenTrie, tokenTrie } from './trie.js';

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
  | { type: 'regex'; pattern: string; limits?: ConstraintLimits };

/** The grammar of a form. Throws `constrain.schema`, `constrain.regex`, `constrain.empty`, `constrain.recursion`, `constrain.size`. */
export function formatGrammar(
  format: Exclude<ResponseFormat, { type: 'text' }>,
  o: { /** See `grammarOf`. */ spellable?: Uint8Array /** The text may not begin with a space. */; noLeadingSpace?: boolean } = {},
): Grammar {
  const { limits } = format;
  const { spellable } = o;
  switch (format.type) {
    case 'json_schema':
      return compileSchema(format.schema, { whitespace: format.whitespace, limits, spellable });
    case 'json_object':
      return compileSchema({ type: 'object' }, { whitespace: format.whitespace, limits, spellable });
    case 'tool_calls':
      return compileCalls(format.tools, { several: format.several, reply: format.reply, limits, spellable });
    case 'regex':
      return grammarOf([{ node: o.noLeadingSpace ? withoutLeadingSpace(format.pattern) : regex(format.pattern), place: 'pattern' }], 0, {
        spellable,
        limits,
      });
    default:
      throw new SensoriumError('generate.option', 'this is no response format', {
        place: 'responseFormat',
        expected: "type 'text', 'json_object', 'json_schema', 'tool_calls' or 'regex'",
        got: JSON.stringify((format as { type?: unknown }).type ?? null),
      });
  }
}

const withoutLeadingSpace = (pattern: string): Node => ({
  kind: 'without',
  node: regex(pattern),
  other: seq(text(' '), star(bytes([[0, 0xff]]))),
});

const MOST_KEPT = 32;
const kept = new WeakMap<TokenTrie, Map<string, Constraint>>();

/** The constraint of a form over the tokens of a tokenizer. The latest ones are kept, with their masks. */
export function constraintFor(tokenizer: Tokenizer, format: Exclude<ResponseFormat, { type: 'text' }>): Constraint {
  const trie = tokenTrie(tokenizer);
  let constraints = kept.get(trie);
  if (!constraints) {
    constraints = new Map();
    kept.set(trie, constraints);
  }
  if (format.type === 'json_schema') assertShallow(format.schema);
  if (format.type === 'tool_calls')
    for (const schema of [...format.tools.map((tool) => tool.schema), format.reply]) assertShallow(schema ?? true);
  const key = JSON.stringify(format);
  const known = constraints.get(key);
  // Sentence pieces begin a text with a space that decoding takes away again: none may be part of the form.
  const constraint =
    known ?? new Constraint(formatGrammar(format, { spellable: trie.spellable, noLeadingSpace: !tokenizer.byteLevel }), trie);
  constraints.delete(key); // the latest is last
  constraints.set(key, constraint);
  if (constraints.size > MOST_KEPT) for (const oldest of [...constraints.keys()].slice(0, 1)) constraints.delete(oldest);
  return constraint;
}
