export { type CallableTool, callsFormat, compileCalls } from './calls.js';
export { constraintFor, prepareFormat } from './compiled.js';
export { Constraint, type ConstraintState } from './constraint.js';
export type { ConstraintLimits, ConstraintWarning } from './errors.js';
export { formatGrammar, type ResponseFormat } from './format.js';
export { Grammar } from './grammar.js';
export { ConstraintLogitsProcessor } from './processor.js';
export { compileSchema, type JsonSchema, type SchemaOptions, type Whitespace } from './schema.js';
export { type TokenTrie, tokenTrie, trieOf } from './trie.js';
