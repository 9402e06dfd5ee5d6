// Hallucination: what a text claims of an image, whether it is so, scores by type, and corrections after a reply.

export * from './amber.js';
export { type AnnotatedOptions, annotatedImages } from './annotated.js';
export * from './attacks/index.js';
export * from './bench.js';
export * from './chair-conformance.js';
export * from './chair-official.js';
export * from './claim.js';
export { type ClaimQuestion, claimQuestion, type Naming, namingOf } from './claim-question.js';
export { extractClaims, sentenceCount, spoken } from './claims.js';
export { cocoObjects, cocoOther } from './coco-objects.js';
export * from './correct.js';
export * from './correction-scores.js';
export * from './equal-coverage.js';
export * from './experts/index.js';
export * from './faithscore.js';
export * from './flags.js';
export * from './images.js';
export * from './lure.js';
export {
  type CorrectingMethod,
  type CountedResponder,
  type DecodingMethod,
  decodes,
  methodsFor,
  methodsNamed,
  otherModel,
  TRUST_METHODS,
  type TrustAsk,
  type TrustContext,
  type TrustHelpers,
  type TrustMethod,
  type TrustModel,
  type TrustOutcome,
  type TrustReply,
} from './methods/index.js';
export * from './non-maximum.js';
export * from './on-policy.js';
export * from './pareto.js';
export * from './rated-replies.js';
export * from './reader.js';
export * from './report.js';
export * from './revision.js';
export * from './rewards/index.js';
export * from './scores.js';
export * from './seeds.js';
export { TrainedDetector } from './trained-detector.js';
export * from './truth.js';
export * from './verifier.js';
export * from './woodpecker.js';
export * from './woodpecker-judge.js';
export { worldAmber } from './world-amber.js';
export { checkWorldClaims } from './world-claims.js';
