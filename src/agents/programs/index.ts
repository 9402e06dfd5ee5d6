// Visual programs: VisProg's lines and ViperGPT's Python as one typed language, its modules, planners and agents.

export { runProgram, viperAgent, visprogAgent } from './agents.js';
export { CHAMELEON, chameleon, modulesByRules, readModules } from './chameleon.js';
export * from './check.js';
export * from './colors.js';
export * from './edit-modules.js';
export { parseExpression } from './expressions.js';
export * from './finding.js';
export * from './frames.js';
export * from './grammar.js';
export * from './interpret.js';
export * from './look-modules.js';
export * from './modules.js';

import './python-modules.js';

export * from './patch-modules.js';
export * from './program-rules.js';
export * from './prompts.js';
export * from './syntax.js';
export * from './types.js';
export * from './viper.js';
export * from './visprog.js';
export * from './write.js';
