// Captions written by a model, several for an image, of which a CLIP chooses (LAION-COCO: 40 by nucleus sampling, one CLIP leaves 5, another 1).

import type { PartialResponder } from '../evaluate/responder.js';
import type { Mllm } from '../generate/mllm.js';
import { image, type RgbImage } from '../media/index.js';
import { SensoriumError } from '../util/errors.js';
import { type CurateEmbedder, cosine } from './options.js';
import { cleanCaption } from './text.js';

/** How captions are asked for. */
export interface CaptionAsk {
  prompt: string;
  /** 0: the likeliest. */
  temperature: number;
  topP: number;
  maxTokens: number;
  seed: number;
  signal?: AbortSignal;
}

/** Writes one caption for each image; undefined for one that it has none for. */
export interface Captioner {
  readonly name: string;
  captions(images: readonly RgbImage[], ask: CaptionAsk): Promise<(string | undefined)[]>;
}

/** A model of ours. The caption of an image is the same in any batch. */
export function modelCaptioner(name: string, model: Pick<Mllm, 'answer'>): Captioner {
  return {
    name,
    captions: (images, { prompt, ...how }) =>
      model.answer(
        images.map((picture) => ({ image: picture, question: prompt })),
        how,
      ),
  };
}

/** Anything that replies to messages, such as a server; `open` makes one for a temperature and a seed. */
export function responderCaptioner(name: string, open: (ask: CaptionAsk) => PartialResponder): Captioner {
  return {
    name,
    captions: async (images, ask) => {
      const messages = images.map((picture) => [
        { role: 'user' as const, content: [{ ...image(picture) }, { type: 'text' as const, text: ask.prompt }] },
      ]);
      return open(ask).replies(messages, { maxTokens: ask.maxTokens, signal: ask.signal });
    },
  };
}

/** A captioner, and how one of its captions is chosen. */
export interface CaptionLoop extends Omit<CaptionAsk, 'signal'> {
  captioner: Captioner;
  /** Captions for each image. */
  n: number;
  /** Each but the last leaves `SHORTLIST`, the last one; none: the first caption is taken. */
  selectors: readonly CurateEmbedder[];
}

/** Captions that a CLIP before the last leaves. */
export const SHORTLIST = 5;

/** A chosen caption with all that were written. */
export interface ChosenCaption {
  caption: string;
  /** Cosine by the last selector. */
  clip?: number;
  candidates: readonly string[];
}

/** Throws `curate.option` for several captions that would be the same. */
export function checkCaptionLoop({ n, temperature, selectors }: CaptionLoop): void {
  if (n > 1 && temperature === 0)
    throw new SensoriumError('curate.option', 'at temperature 0 all captions of an image are the same', {
      place: 'n',
      expected: '1, or a temperature above 0',
      got: String(n),
    });
  if (n > 1 && selectors.length === 0)
    throw new SensoriumError('curate.option', 'nothing chooses among the captions', {
      place: 'select',
      hint: 'Choose by a CLIP: --select clip',
    });
}

/** Captions of images, each with its candidates; undefined where none was written. */
export async function captionImages(
  images: readonly RgbImage[],
  loop: CaptionLoop,
  signal?: AbortSignal,
): Promise<(ChosenCaption | undefined)[]> {
  const { captioner, n, selectors, seed, ...ask } = loop;
  const written: string[][] = images.map(() => []);
  for (let k = 0; k < n; k++) {
    const texts = await captioner.captions(images, { ...ask, seed: seed + k, signal });
    for (const [i, text] of texts.entries()) {
      const clean = cleanCaption(text ?? '');
      if (clean !== '') written[i]?.push(clean);
    }
  }
  const left = written.map((texts) => [...new Set(texts)].map((caption) => ({ caption, clip: undefined as number | undefined })));
  for (const [s, selector] of selectors.entries()) {
    const pictures = (await selector.images(images, signal)).vectors;
    const texts = left.flat();
    const vectors = (await selector.texts(texts.map(({ caption }) => caption), signal, { truncate: true })).vectors; // biome-ignore format: one line
    let at = 0;
    for (const [i, own] of left.entries()) {
      for (const one of own) one.clip = cosine(pictures[i] as Float32Array, vectors[at++] as Float32Array);
      own.sort((a, b) => (b.clip as number) - (a.clip as number));
      own.length = Math.min(own.length, s < selectors.length - 1 ? SHORTLIST : 1);
    }
  }
  return left.map(([best], i) =>
    best
      ? { caption: best.caption, ...(best.clip === undefined ? {} : { clip: best.clip }), candidates: written[i] as string[] }
      : undefined,
  );
}
