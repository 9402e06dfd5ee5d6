// Chains of thought: strategies over a thinker and an eye, with evidence, budgets and pages.

export type { Chain, ChainLimits, ChainStep, Evidence, StepKind, Tier, Vote } from './chain.js';
export type { CheckOptions, OnFalse } from './check.js';
export { grammarThinker } from './grammar-thinker.js';
export { type ChainShown, chainPage } from './page.js';
export { CHAINS } from './registry.js';
export { type AskOptions, type ChainResult, type ChainStrategy, type ChainTools, chainNamed, defineChain } from './strategy.js';
export { type Answered, promptedThinker, readAnswer, readSplit, type SubQuestion, type Thinker, UNCERTAIN } from './thinker.js';
export { type ChainOptions, type ChainsOptions, chainsOf, chainText, stepText, withChain } from './with-chain.js';
