// The interface of a method of the bench: a model that decodes in its own way, or a correction of the base's reply.

import type { Responder } from '../../evaluate/responder.js';
import type { ImagePart } from '../../media/image.js';
import type { Naming } from '../claim-question.js';
import type { TokenLogProb } from '../flags.js';
import type { Verdict } from '../truth.js';
import type { Detector } from '../verifier.js';

/** One reply of a model under test; `passes`: how often its network ran, the prompt once and each token after the first once. */
export interface TrustReply {
  text: string;
  tokens: readonly TokenLogProb[];
  passes: number;
}

/** How a reply is asked for. */
export interface TrustAsk {
  question: string;
  maxTokens: number;
  /** Visual contrastive decoding with this strength. */
  vcd?: number;
  /** The HallE switch turned so far. */
  halle?: number;
  /** Drawn at temperature 1 with this seed; greedy without. */
  seed?: number;
  signal?: AbortSignal;
}

/** The model under test, or another that stands beside it. */
export type TrustModel = (image: ImagePart, ask: TrustAsk) => Promise<TrustReply>;

/** A model that answers questions, and tells how often its network has run. */
export type CountedResponder = Responder & { passes(): number };

/** The model, what helps to correct it, and the numbers of the methods. */
export interface TrustHelpers {
  readonly model: TrustModel;
  /** Answers Woodpecker's questions. Best another model. */
  readonly verifier?: CountedResponder;
  /** Finds objects for Woodpecker. */
  readonly detector?: Detector;
  /** Writes a caption again from one that is masked: a model that was trained on `revisionScenes` or `revisionConversations`. */
  readonly revisor?: TrustModel;
  /** Strength of VCD. Default 1. */
  readonly alpha?: number;
  /** The model has a HallE switch. */
  readonly switched?: boolean;
  /** How far it is turned, -1 to 1. Default -1. */
  readonly epsilon?: number;
  /** Objects whose least token has a lower probability are taken out. Default 0.5. */
  readonly probability?: number;
  /** Other replies that consistency asks for (default 4); objects in less than `agreement` (default 0.5) of them are taken out. */
  readonly samples?: number;
  readonly agreement?: number;
}

/** What methods work with. The truth is not among it. */
export interface TrustContext extends TrustHelpers {
  readonly naming: Naming;
  /** The caption that is asked for: its question and greatest length. */
  readonly caption: Pick<TrustAsk, 'question' | 'maxTokens' | 'signal'>;
}

/** A corrected caption with what it cost in all; `flags`: the numbers by which its objects were kept or taken out. */
export interface TrustOutcome {
  text: string;
  passes: number;
  flags?: readonly { verdict: Verdict; value: number }[];
}

/** What a correction gets: the image, and the reply that the base gave. */
export interface Corrigible {
  image: ImagePart;
  base: TrustReply;
}

interface Named {
  /** Unique in the registry; what `--methods` takes. */
  readonly name: string;
  /** One sentence, for reports. */
  readonly about: string;
  /** What the method lacks in this context, in words; undefined where it can run. */
  lacks?(helpers: TrustHelpers): string | undefined;
}

/** Decodes in its own way: asked for captions and for probes. */
export interface DecodingMethod extends Named {
  model(context: TrustContext): TrustModel;
}

/** Corrects what the base has said. */
export interface CorrectingMethod extends Named {
  correct(context: TrustContext, given: Corrigible): Promise<TrustOutcome>;
}

/** A row of the bench. */
export type TrustMethod = DecodingMethod | CorrectingMethod;

/** Whether a method has replies of its own. */
export const decodes = (method: TrustMethod): method is DecodingMethod => 'model' in method;
