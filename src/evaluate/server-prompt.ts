// A conversation as the AI SDK sends it to a server: images as the bytes of their files, or as PNG where they are pixels or a format that servers seldom read.

import type { LanguageModelV3Prompt } from '@ai-sdk/provider';
import { decodeImage, encodePng, isRgbImage } from '../media/index.js';
import { readSource } from '../media/source.js';
import { type ChatMessage, type ContentPart, isImagePart, type MediaPart } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { sourceOf } from './mean-image.js';

type UserPart = Extract<LanguageModelV3Prompt[number], { role: 'user' }>['content'][number];

/** Formats that every server with images reads, by their first bytes. */
const SENT: readonly (readonly [type: string, at: number, bytes: string])[] = [
  ['image/png', 0, '\x89PNG'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/webp', 8, 'WEBP'],
  ['image/gif', 0, 'GIF8'],
];

const READ = {
  kind: 'image',
  expected: 'a PNG, JPEG, WebP, GIF, TIFF, AVIF or BMP image',
  maxBytes: 20 * 2 ** 20,
  smaller: 'Scale it down',
} as const;

/** The messages with their images. Errors: `evaluate.media` for a video, `media.*` for an image that cannot be read. */
export async function serverPrompt(messages: readonly ChatMessage[]): Promise<LanguageModelV3Prompt> {
  const prompt: LanguageModelV3Prompt = [];
  for (const { role, content } of messages) {
    const parts: readonly ContentPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
    if (role === 'user') prompt.push({ role, content: await Promise.all(parts.map(userPart)) });
    else {
      const text = parts.map((part) => (part.type === 'text' ? (part as { text: string }).text : '')).join('');
      prompt.push(role === 'assistant' ? { role, content: [{ type: 'text', text }] } : { role: 'system', content: text });
    }
  }
  return prompt;
}

async function userPart(part: ContentPart): Promise<UserPart> {
  if (part.type === 'text') return { type: 'text', text: (part as { text: string }).text };
  if (part.type === 'region' || !isImagePart(part))
    throw new SensoriumError('evaluate.media', 'videos and regions are not sent to servers', {
      expected: 'rows of text and images',
      got: `a row with a ${part.type}`,
      hint: 'Measure a model in a folder on this benchmark',
    });
  return { type: 'file', ...(await fileOf(part)) };
}

/** The bytes that are sent: a file in a common format goes as it is. */
async function fileOf(part: MediaPart): Promise<{ mediaType: string; data: Uint8Array }> {
  const source = sourceOf(part);
  if (isRgbImage(source)) return { mediaType: 'image/png', data: await encodePng(source) };
  const { bytes } = await readSource(source, READ);
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  const type = SENT.find(([, at, mark]) => head.startsWith(mark, at))?.[0];
  return type ? { mediaType: type, data: bytes } : { mediaType: 'image/png', data: await encodePng(await decodeImage(bytes)) };
}
