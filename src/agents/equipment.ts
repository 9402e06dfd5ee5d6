// What agents look, read, ask and draw with. Each part is opened when it is first used, and may be absent; the command line and the server fill it.

import type { Responder } from '../evaluate/responder.js';
import type { DrawOptions } from '../generate/draw.js';
import type { Mask, RgbImage, Sound } from '../media/index.js';
import type { TextReader } from '../trust/reader.js';
import type { Detector } from '../trust/verifier.js';
import { SensoriumError } from '../util/errors.js';

/** Likeness of images and texts: unit vectors in one space (CLIP). */
export interface Embedder {
  texts(texts: readonly string[], signal?: AbortSignal): Promise<{ vectors: Float32Array[] }>;
  images(images: readonly RgbImage[], signal?: AbortSignal): Promise<{ vectors: Float32Array[] }>;
}

/** Draws an image from a text. */
export interface Painter {
  draw(text: string, options: DrawOptions): Promise<RgbImage>;
}

/** Estimates how far each pixel is away; larger is farther. */
export interface DepthEstimator {
  estimate(image: RgbImage, signal?: AbortSignal): Promise<{ width: number; height: number; data: Float32Array }>;
}

/** Cuts out what a phrase names: masks of the size of the image. */
export interface Segmenter {
  segment(image: RgbImage, phrase: string, signal?: AbortSignal): Promise<readonly Mask[]>;
}

/** Writes down what is said: `Transcriber` of Whisper. */
export interface SpeechReader {
  /** `segments`: what is said when, in seconds; asked for with `timestamps`. */
  transcribe(
    sound: Sound,
    options: { language?: string; timestamps?: boolean; signal?: AbortSignal },
  ): Promise<{ text: string; segments?: readonly { start: number; end: number; text: string }[] }>;
}

/** A detector under its name. */
export interface NamedDetector {
  name: string;
  detector: Detector;
}

/** The parts by name. */
export interface EquipmentParts {
  /** In the order in which they are tried: where the first finds nothing, the next one looks. */
  detectors: readonly NamedDetector[];
  /** Answers questions about images. */
  responder: Responder;
  /** Reads printed text. */
  reader: TextReader;
  /** Compares images with texts. */
  embedder: Embedder;
  painter: Painter;
  depth: DepthEstimator;
  segmenter: Segmenter;
  /** Writes down what is said. */
  transcriber: SpeechReader;
}

/** How each part is had: its value, or a function that opens it. */
export type EquipmentSources = { [K in keyof EquipmentParts]?: EquipmentParts[K] | (() => Promise<EquipmentParts[K]>) };

const HINTS: Readonly<Record<keyof EquipmentParts, string>> = {
  detectors: 'Name a detector: --detector world, nanodet or a folder',
  responder: 'Name a model that answers questions about images: --eyes MODEL',
  reader: 'Fetch the reader of printed text: sensorium assets get pp-ocrv4',
  embedder: 'Name a CLIP model: --clip models/world-clip',
  painter: 'Name a generator: --generator world-generator draws scenes of the world',
  depth: 'Name the ONNX export of a network for depth, such as Depth Anything or DPT: --depth FOLDER',
  segmenter: 'Name a model with a mask head (recipes/lisa.ts trains one): --segmenter MODEL',
  transcriber: 'Name a Whisper model: --whisper FOLDER',
};

/** The parts that agents use. Each is opened once. */
export class Equipment {
  private readonly opened = new Map<keyof EquipmentParts, Promise<unknown>>();
  constructor(private readonly sources: EquipmentSources) {}

  /** Whether there is such a part. */
  has(part: keyof EquipmentParts): boolean {
    return this.sources[part] !== undefined;
  }

  /** A part, opened if need be. Errors: `agent.equipment` for one that is absent; those of opening it. */
  async get<K extends keyof EquipmentParts>(part: K): Promise<EquipmentParts[K]> {
    const source = this.sources[part];
    if (source === undefined)
      throw new SensoriumError('agent.equipment', 'this agent has nothing to do that with', {
        place: part,
        expected: `a part of that kind; there are ${Object.keys(this.sources).join(', ') || 'none'}`,
        hint: HINTS[part],
      });
    let opened = this.opened.get(part);
    if (!opened) {
      opened = Promise.resolve(typeof source === 'function' ? (source as () => Promise<unknown>)() : source);
      this.opened.set(part, opened);
    }
    return (await opened) as EquipmentParts[K];
  }
}
