// Processors that take regions of images, for a network with a part that reads them: its inputs go to the vision program with the pixels.

import { createHash } from 'node:crypto';
import { checkRegion, type Placement, type RgbImage, regionPixels } from '../../media/index.js';
import { type ChatMessage, regionsOfImages, type Tokenizer } from '../../text/index.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, requiredToken } from '../processor.js';
import { REGION_COUNTS, REGION_TOKEN, type RegionEncoder } from './region-encoder.js';

/** What reads the regions, and the side of the pictures that it sees. */
interface RegionReader {
  encoder: RegionEncoder | undefined;
  tokenizer: Tokenizer;
  side: number;
}

/** A processor whose images also feed their regions; the same processor where nothing reads them. Errors: `model.processor` for a tokenizer without the region token. */
export function withRegions<P extends MultimodalProcessor & { placement(image: RgbImage): Placement }>(
  processor: P,
  { encoder, tokenizer, side }: RegionReader,
): P {
  if (!encoder) return processor;
  const region = { tokenId: requiredToken(tokenizer, REGION_TOKEN.content), rows: encoder.rows };
  return Object.assign(Object.create(processor) as P, {
    region,
    prepare(images: readonly RgbImage[], messages: readonly ChatMessage[] = []): PreparedImage[] {
      const regions = messages.length > 0 ? regionsOfImages(messages) : [];
      return processor.prepare(images, messages).map((image, i): PreparedImage => {
        const placement = processor.placement(images[i] as RgbImage);
        const drawn = (regions[i] ?? []).map((part) => regionPixels(checkRegion(part), { side, placement }));
        const inputs: Record<string, HostTensor> = {
          ...encoder.feeds(drawn),
          [REGION_COUNTS]: hostTensor('int32', [1], Int32Array.of(drawn.length)),
        };
        const own = feedsFrom(Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, () => value])));
        return {
          ...image,
          feeds: async (names) => {
            const others = names?.filter((name) => !(name in inputs));
            return { ...(others?.length === 0 ? {} : await image.feeds(others)), ...(await own(names)) };
          },
          ...(drawn.length > 0 ? { regionRows: drawn.length * encoder.rows, variant: ` regions ${hashOf(drawn)}` } : {}),
        };
      });
    },
  });
}

function hashOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('base64');
}
