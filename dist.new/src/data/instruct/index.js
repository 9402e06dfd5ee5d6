// Instruction data from a teacher.
export { pairsOf, rowInstructFacts, sceneInstructFacts, sha256 } from './facts.js';
export { DROPPED, instructPrompt, teachInstructions } from './generate.js';
export { Instructions, isRefusal, likeness, parsePairs, repeats, wordsOf } from './parse.js';
export { INSTRUCT_PROMPTS } from './prompts.js';
export { worldInstructions, writtenScenes, } from './world-rows.js';
export { WORLD_KINDS, worldTeacher } from './world-teacher.js';
//# sourceMappingURL=index.js.map