// Constrained decoding: regular expressions and JSON schemas as automata over the bytes of tokens, and masks of what may come next.

export { type CallableTool, callsFormat, compileCalls } from './calls.js';
export { constraintFor, prepareFormat } from './compiled.js';
export { Constraint, type ConstraintState } from './constraint.js';
export type { ConstraintLimits, ConstraintWarning } from './errors.js';
export { formatGrammar, type ResponseFormat } from './format.js';
export { Grammar } from './grammar.js';
export { ConstraintLogitsProcessor } from './processor.js';
export { compileRules, type GrammarRules, type RulePart } from './rules.js';
export { compileSchema, type JsonSchema, type SchemaOptions, type Whitespace } from './schema.js';
export { type TokenTrie, tokenTrie, trieOf } from './trie.js';
