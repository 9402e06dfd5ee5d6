// The end of a reply: places and images of what the model has said, computed when its words are over.

import type { Mllm, Piece } from '../generate/index.js';
import type { ChatMessage } from '../text/index.js';
import type { RequestImages } from './decode-images.js';
import type { EngineRequest } from './engine.js';
import { badRequest } from './errors.js';
import type { Products } from './products.js';
import type { Turns } from './turns.js';

/** Pixels of all masks of a reply; those beyond are left out. */
const MOST_MASK_PIXELS = 64e6;

/** A reply under way. */
interface Asked {
  request: EngineRequest;
  /** The conversation, its images as files. */
  messages: readonly ChatMessage[];
  seed: number;
  signal: AbortSignal;
}

/** Makes what replies of one model bring beside words. */
export class ReplyProducts {
  /** `turns`: work beside that of replies, one at a time. */
  constructor(
    private readonly model: Mllm,
    private readonly images: RequestImages,
    private readonly turns: Turns,
  ) {}

  /** Throws `ApiError` 400 for places or images of an adapter, whose states the heads of the model have not been trained on. */
  check({ adapter, places, draw }: EngineRequest): void {
    const masks = places && this.model.drawsMasks;
    if (adapter === undefined || !(masks || draw)) return;
    throw badRequest('Masks and images come from the model alone, not from an adapter', masks ? 'sensorium.places' : 'modalities', {
      code: 'unsupported_parameter',
    });
  }

  /** Where the reply to a request ends. */
  ending<E extends { stop?: readonly string[] | undefined }>({ draw }: EngineRequest, ends: E): { stop?: string | readonly string[] } {
    const { images, model } = this.model;
    const { stop } = ends;
    const own = stop ? { stop } : {};
    return draw && images ? images.ending<{ stop?: string | readonly string[] }>(own, model.generation.stop) : own;
  }

  /** Follows a reply: `read` gives nothing until the piece that ends it. */
  reader({ request, messages, seed, signal }: Asked): { read(piece: Piece): Promise<Products> } {
    const tokens: NonNullable<Piece['token']>[] = [];
    let said = '';
    return {
      read: async ({ text, token, finish }) => {
        said += text;
        if (token) tokens.push(token);
        if (!finish || request.prompt !== undefined) return {};
        const draws = request.draw === true && this.model.images !== undefined;
        if (!request.places && !draws) return {};
        const leave = await this.turns.take(signal);
        try {
          // The images of the prompt are opened anew: its pixels were given up when it was encoded.
          const opened = await this.images.open({}, messages, signal, request.owner ?? request.cacheSalt);
          try {
            const reply = { text: said, tokens };
            return {
              ...(request.places ? await this.model.placesOf(opened.messages, reply, { maxPixels: MOST_MASK_PIXELS }) : {}),
              ...(draws ? { images: await this.model.draw(opened.messages, tokens, { draw: { seed }, signal }) } : {}),
            };
          } finally {
            opened.release();
          }
        } finally {
          leave();
        }
      },
    };
  }
}
