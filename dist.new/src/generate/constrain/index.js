// Constrained decoding: regular expressions and JSON schemas as automata over the bytes of tokens, and masks of what may come next.
export { callsFormat, compileCalls } from './calls.js';
export { constraintFor, prepareFormat } from './compiled.js';
export { Constraint } from './constraint.js';
export { formatGrammar } from './format.js';
export { Grammar } from './grammar.js';
export { ConstraintLogitsProcessor } from './processor.js';
export { compileSchema } from './schema.js';
export { tokenTrie, trieOf } from './trie.js';
//# sourceMappingURL=index.js.map