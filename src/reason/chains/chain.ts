// A chain of thought as data: the steps to an answer with their evidence, what each was worth, and what it all cost.

/** What a step is: thought in words, a sub-question, an answer without a look, a look at the image, a vote. */
export type StepKind = 'thought' | 'question' | 'answer' | 'look' | 'vote';

/** What supports a step, or speaks against it. */
export interface Evidence {
  /** Number of the image that it is in, from 0. */
  image?: number;
  /** Left, top, right, bottom in pixels of the image. */
  box?: readonly [number, number, number, number];
  /** The words of the step that it is about. */
  claim?: string;
  /** What a verifier made of the claim. */
  verified?: 'true' | 'false' | 'unknown';
  /** What is so instead, as far as the verifier knows. */
  instead?: string;
}

/** One step. */
export interface ChainStep {
  kind: StepKind;
  text: string;
  /** Who says it: the thinker, the eye, which sees, or the verifier, which corrects. */
  by: 'thinker' | 'eye' | 'verifier';
  evidence?: readonly Evidence[];
  /** Why it should be doubted. */
  doubt?: string;
  /** A claim of it is false, and it was not used. */
  dropped?: true;
  /** Of a tree: how many questions stand above it. Default 0. */
  depth?: number;
  /** Of several samples: the number of its own, from 0. */
  sample?: number;
}

/** How the thinker works: rules, a model in a folder, a model behind an address, recorded replies. */
export type Tier = 'grammar' | 'own' | 'url' | 'recorded';

/** One answer and how many samples came to it. */
export interface Vote {
  answer: string;
  n: number;
}

/** What a chain may cost. */
export interface ChainLimits {
  /** Calls of models. Default 32. */
  maxCalls?: number;
  /** Tokens of all replies together. Default 4096. */
  maxTokens?: number;
}

/** A chain of thought. */
export interface Chain {
  /** The strategy that made it. */
  strategy: string;
  tier: Tier;
  question: string;
  steps: readonly ChainStep[];
  answer: string;
  /** Of several samples: every answer, the most frequent first. */
  vote?: readonly Vote[];
  /** Answers that as many samples came to as to the one that was taken. */
  ties?: readonly string[];
  calls: number;
  /** Tokens of all replies; about a quarter of their characters where the model does not count them. */
  tokens: number;
  /** What ran out before the chain was done. */
  stopped?: 'calls' | 'tokens';
}
