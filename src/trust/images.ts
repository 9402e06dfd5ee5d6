// The images that the bench asks about, with their truth: scenes of the world here, annotated images of one's own in `annotated.ts`.

import type { Vocabulary } from '../evaluate/mentions.js';
import type { Language, Scenes } from '../evaluate/scenes.js';
import type { YesNo } from '../evaluate/yes-no.js';
import type { ImagePart } from '../media/image.js';
import { captionRequest, type Scene } from '../world/index.js';
import { type ImageTruth, worldTruth } from './truth.js';

/** One image of the bench. */
export interface TrustImage {
  /** By which it is named where it cannot be read. */
  name: string;
  image: ImagePart;
  /** Judges what comes out; no method is given it. */
  truth: ImageTruth;
  /** Ids of the objects that are there, each once. */
  present: readonly string[];
}

/** A yes/no question about image number `index`. */
export interface TrustProbe {
  index: number;
  question: string;
  answer: YesNo;
}

/** An image that is not scored: its truth is missing, it is not there, it cannot be read. */
export interface TrustFault {
  image: string;
  /** Where the file names it. */
  place?: string;
  reason: string;
}

/** Images with truth, in a fixed order. */
export interface TrustImages {
  /** In words, for reports. */
  readonly description: string;
  readonly language: Language;
  /** What counts as an object. */
  readonly vocabulary: Vocabulary;
  /** How many there are. */
  readonly length: number;
  /** What the model is asked for each. */
  readonly question: string;
  /** What was left out, each by name. */
  readonly faults?: readonly TrustFault[];
  image(index: number): TrustImage | Promise<TrustImage>;
  /** Adversarial probes of the first `n`, as many for present as for absent objects; none where the truth gives none. */
  probes(n: number): TrustProbe[];
}

/** Scenes of the world, captioned at length; two probes of each. */
export function worldImages(scenes: Scenes<Scene>): TrustImages {
  const { source, language } = scenes;
  return {
    description: source.description,
    language,
    vocabulary: source.vocabulary,
    length: Number.POSITIVE_INFINITY,
    question: captionRequest(language, 'long'),
    image(index) {
      const { part, objects } = scenes.image(index);
      return { name: `scene ${index}`, image: part, truth: worldTruth(scenes.scene(index)), present: objects };
    },
    probes(n) {
      const rng = scenes.rng.fork('trust/pope');
      return Array.from({ length: n }, (_, index) =>
        source
          .probes(scenes.scene(index), { language, negative: 'adversarial', rng })
          .map(({ question, answer }) => ({ index, question, answer })),
      ).flat();
    },
  };
}
