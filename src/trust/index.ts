// Hallucination: what a text claims of an image, whether it is so, scores by type, and corrections after a reply.

export * from './amber.js';
export * from './bench.js';
export * from './chair-conformance.js';
export * from './chair-official.js';
export * from './claim.js';
export { type ClaimQuestion, claimQuestion, type Naming, namingOf } from './claim-question.js';
export { extractClaims, sentenceCount, spoken } from './claims.js';
export { cocoObjects, cocoOther } from './coco-objects.js';
export * from './correct.js';
export * from './equal-coverage.js';
export * from './faithscore.js';
export * from './flags.js';
export * from './lure.js';
export * from './scores.js';
export * from './truth.js';
export * from './verifier.js';
export * from './woodpecker.js';
export * from './woodpecker-judge.js';
