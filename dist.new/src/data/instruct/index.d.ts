export { type ImageFacts, type Pair, pairsOf, rowInstructFacts, type SceneFactsOptions, sceneInstructFacts, sha256 } from './facts.js';
export { DROPPED, type Dropped, type InstructOptions, type InstructResult, instructPrompt, teachInstructions } from './generate.js';
export { Instructions, isRefusal, likeness, parsePairs, repeats, wordsOf } from './parse.js';
export { INSTRUCT_PROMPTS, type InstructPrompt, type PromptContext } from './prompts.js';
export type { Sampling, Teacher, TeacherOptions, TeacherRequest } from './teacher.js';
export { type InstructionSource, type WorldInstructionOptions, type WrittenOptions, type WrittenQuestion, worldInstructions, writtenScenes, } from './world-rows.js';
export { WORLD_KINDS, worldTeacher } from './world-teacher.js';
