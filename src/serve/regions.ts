// Regions of images in requests: boxes, points, scribbles and masks, as parts of messages or beside them; masks are opened with the images.

import { isDataUrl } from '../media/data-url.js';
import { checkRegion, type Mask, type MaskRuns, maskFromRuns, openImage, type RgbImage } from '../media/index.js';
import type { ChatMessage, ContentPart } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { RequestRegion } from './chat-schema.js';
import { badRequest } from './errors.js';

/** A mask that is not open yet: an image file, white inside, or its runs. */
export type ClosedMask = { readonly file: Uint8Array } | { readonly runs: MaskRuns };

/** True for a mask of a request that `openMask` must open. */
export const isClosedMask = (mask: unknown): mask is ClosedMask =>
  typeof mask === 'object' && mask !== null && ('file' in mask || 'runs' in mask);

/** A region of a request as a part of a message. `bytesOf` opens data: URLs. Throws `ApiError` 400 with the field. */
export async function regionPart(
  { box, point, scribble, mask, image }: RequestRegion,
  param: string,
  bytesOf: (url: string, param: string) => Promise<Uint8Array>,
): Promise<ContentPart> {
  const given = { ...(box ? { box } : {}), ...(point ? { point } : {}), ...(scribble ? { scribble } : {}) };
  const closed = mask && (await closedMask(mask, `${param}.mask`, bytesOf));
  const kinds = Object.keys(given).length + (closed ? 1 : 0);
  if (kinds !== 1)
    throw badRequest('A region is one of box, point, scribble and mask', param, {
      code: kinds === 0 ? 'missing_required_parameter' : 'invalid_value',
    });
  if (!closed) asRegion(() => checkRegion(given), param);
  return { type: 'region', ...given, ...(closed ? { mask: closed } : {}), ...(typeof image === 'number' ? { image } : {}) };
}

async function closedMask(
  mask: NonNullable<RequestRegion['mask']>,
  param: string,
  bytesOf: (url: string, param: string) => Promise<Uint8Array>,
): Promise<ClosedMask> {
  if (typeof mask !== 'string') return { runs: { size: mask.size as [number, number], counts: mask.counts } };
  if (!isDataUrl(mask)) throw badRequest('Not a data URL', param, { code: 'invalid_value', expected: 'data:image/png;base64,…, or runs' });
  return { file: await bytesOf(mask, param) };
}

/** Regions as parts before the first text of the last message of the user. Throws `ApiError` 400 where there is none. */
export function withRegions(messages: readonly ChatMessage[], regions: readonly ContentPart[]): ChatMessage[] {
  const last = messages.findLastIndex(({ role }) => role === 'user');
  if (last < 0) throw badRequest('There is no message that could point at something', 'sensorium.regions', { code: 'invalid_value' });
  return messages.map((message, i) => {
    if (i !== last) return message;
    const { content } = message;
    const parts: ContentPart[] = Array.isArray(content) ? (content as ContentPart[]) : [{ type: 'text', text: String(content ?? '') }];
    const text = parts.findIndex(({ type }) => type === 'text');
    const at = text < 0 ? parts.length : text;
    return { ...message, content: [...parts.slice(0, at), ...regions, ...parts.slice(at)] };
  });
}

/** Pixels of a mask, as far as they are known before it is open. */
export const pixelsOf = (mask: ClosedMask): number | undefined => ('runs' in mask ? mask.runs.size[0] * mask.runs.size[1] : undefined);

/** Opens a mask. Errors: those of images, `media.region`. */
export async function openMask(mask: ClosedMask, limits: { maxPixels: number; maxBytes?: number }, signal: AbortSignal): Promise<Mask> {
  const known = pixelsOf(mask);
  if (known !== undefined && known > limits.maxPixels)
    throw new SensoriumError('media.limit', 'the mask has too many pixels', {
      expected: `at most ${limits.maxPixels}`,
      got: String(known),
    });
  const open = 'runs' in mask ? maskFromRuns(mask.runs) : insideOf(await openImage(mask.file, limits, signal));
  checkRegion({ mask: open });
  return open;
}

/** Pixels that are more white than black. */
function insideOf({ width, height, data }: RgbImage): Mask {
  const inside = new Uint8Array(width * height);
  for (let i = 0; i < inside.length; i++) {
    const sum = (data[3 * i] as number) + (data[3 * i + 1] as number) + (data[3 * i + 2] as number);
    inside[i] = sum > 382 ? 1 : 0;
  }
  return { width, height, data: inside };
}

function asRegion(check: () => void, param: string): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof SensoriumError)) throw error;
    const { expected, got } = error;
    throw badRequest('This is not a region of an image', param, { code: 'invalid_value', expected, got, cause: error });
  }
}
