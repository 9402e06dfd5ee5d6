// Items of a workspace as content of the Model Context Protocol, and back: pictures as PNG, masks as black and white, sounds as WAV; all bounded.

import type { ContentBlock } from '@modelcontextprotocol/sdk/types.js';
import { decodeImage, decodeSound, encodePng, encodeWav, type RgbImage } from '../../media/index.js';
import { SensoriumError } from '../../util/errors.js';
import { scaled } from '../tools/pixels.js';
import type { Item, Workspace } from '../workspace.js';

/** Pictures are sent at most so large; the workspace keeps them whole. */
const MOST_PIXELS = 2 ** 20;
/** Items of one result that go out or come in. */
export const MOST_ITEMS = 16;
/** Bytes of a picture or sound that comes in, and pixels of a picture. */
const MOST_BYTES = 8 * 2 ** 20;
const MOST_PIXELS_IN = 2 ** 24;
const MOST_SAMPLES = 16_000 * 600;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** A picture of at most `MOST_PIXELS` as base64 of a PNG. */
export async function pngOf(image: RgbImage): Promise<string> {
  const pixels = image.width * image.height;
  return base64(await encodePng(pixels > MOST_PIXELS ? scaled(image, Math.sqrt(MOST_PIXELS / pixels)) : image));
}

/** An item as content. */
export async function contentOf(item: Item): Promise<ContentBlock> {
  if (item.kind === 'sound')
    return { type: 'audio', data: base64(encodeWav({ samples: item.value.samples, sampleRate: item.value.rate })), mimeType: 'audio/wav' };
  if (item.kind === 'image') return { type: 'image', data: await pngOf(item.value), mimeType: 'image/png' };
  const { width, height, data } = item.value;
  const image = { width, height, data: Uint8Array.from({ length: 3 * data.length }, (_, i) => 255 * (data[Math.floor(i / 3)] as number)) };
  return { type: 'image', data: await pngOf(image), mimeType: 'image/png' };
}

/** What came back from another server: its text, and the names of pictures and sounds that went into the workspace. */
export interface ReadContent {
  text: string;
  images: string[];
  sounds: string[];
  /** Kinds of content that were left out. */
  left: string[];
}

/** Reads content of another server into a workspace. Errors: `agent.tool` for too much of it; those of decoding. */
export async function readContent(
  content: readonly ContentBlock[],
  workspace: Workspace,
  { origin, signal }: { origin: string; signal?: AbortSignal },
): Promise<ReadContent> {
  const out: ReadContent = { text: '', images: [], sounds: [], left: [] };
  const texts: string[] = [];
  const bytesOf = (data: string): Uint8Array => {
    const most = Math.ceil((MOST_BYTES * 4) / 3);
    if (data.length > most || out.images.length + out.sounds.length >= MOST_ITEMS)
      throw new SensoriumError('agent.tool', 'a tool gave back too much', {
        place: origin,
        expected: `at most ${MOST_ITEMS} pictures and sounds of ${MOST_BYTES} bytes`,
        got: `${data.length} characters, after ${out.images.length + out.sounds.length} others`,
      });
    return Buffer.from(data, 'base64');
  };
  for (const block of content) {
    if (block.type === 'text') texts.push(block.text);
    else if (block.type === 'image') {
      const image = await decodeImage(bytesOf(block.data), { maxBytes: MOST_BYTES, maxPixels: MOST_PIXELS_IN }, signal);
      out.images.push(workspace.put('image', image, origin));
    } else if (block.type === 'audio') {
      const { samples, sampleRate } = await decodeSound(bytesOf(block.data), { maxBytes: MOST_BYTES, maxSamples: MOST_SAMPLES, signal });
      out.sounds.push(workspace.put('sound', { samples, rate: sampleRate }, origin));
    } else if (block.type === 'resource' && 'text' in block.resource) texts.push(block.resource.text);
    else if (block.type === 'resource_link')
      texts.push(block.uri); // named, not fetched
    else out.left.push(block.type);
  }
  out.text = texts.join('\n');
  return out;
}
