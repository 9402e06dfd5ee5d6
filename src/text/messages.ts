// Chat messages as in the OpenAI chat API, and the checks that come before any rendering.

import { SensoriumError } from '../util/errors.js';

/**
 * A part of a message. `image_url` and `input_image`, as clients send them, count as images; a video is its `frames` or a file, its `source`;
 * audio is a decoded `sound` or a file, its `source`; points are a cloud, `points`; a region is of an image before it.
 */
export type ContentPart =
  | { type: 'text'; text: string }
  | { type: 'image'; [key: string]: unknown }
  | { type: 'image_url' | 'input_image'; [key: string]: unknown }
  | { type: 'video' | 'audio' | 'points'; [key: string]: unknown }
  | { type: 'region'; [key: string]: unknown };

export interface ChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  /** null for an assistant message that only calls tools. */
  content: string | readonly ContentPart[] | null;
  [key: string]: unknown;
}

const media = new Set(['video', 'audio', 'points']);
const roles = new Set(['system', 'developer', 'user', 'assistant', 'tool']);

/** False for a reply that is read and not learnt: `weight: 0` as OpenAI's fine-tuning has it, `loss: false` as ms-swift. */
export const isLearnt = ({ weight, loss }: ChatMessage): boolean => weight !== 0 && loss !== false;

/** True for every spelling of an image part. */
export function isImagePart(part: ContentPart): boolean {
  return part.type === 'image' || part.type === 'image_url' || part.type === 'input_image';
}

/** A part that is a medium: neither text nor a place in an image. */
export type MediaPart = Exclude<ContentPart, { type: 'text' } | { type: 'region' }>;

/** A part that points at something in an image. */
export type RegionContent = Extract<ContentPart, { type: 'region' }>;

const partsOf = (messages: readonly ChatMessage[]): ContentPart[] =>
  messages.flatMap(({ content }) => (Array.isArray(content) ? (content as ContentPart[]) : []));

/** Media of a conversation, in order of appearance. */
export function mediaParts(messages: readonly ChatMessage[]): MediaPart[] {
  return partsOf(messages).filter((part): part is MediaPart => part.type !== 'text' && part.type !== 'region');
}

/**
 * The regions of each image of a conversation: those that name it, by its number, and those that stand behind it where they name none. Errors:
 * `text.messages` for a region of no image.
 */
export function regionsOfImages(messages: readonly ChatMessage[]): RegionContent[][] {
  const images: RegionContent[][] = partsOf(messages).flatMap((part) => (isImagePart(part) ? [[]] : []));
  let last = -1;
  for (const part of partsOf(messages)) {
    if (isImagePart(part)) last++;
    if (part.type !== 'region') continue;
    const of = images[(part.image as number | undefined) ?? last];
    if (!of)
      throw new SensoriumError('text.messages', 'a region is of no image', {
        place: 'region.image',
        expected: images.length > 0 ? `an image before it, or image: 0 to ${images.length - 1}` : 'an image before it',
        got: part.image === undefined ? 'a region before the first image' : String(part.image),
      });
    of.push(part as RegionContent);
  }
  return images;
}

/** Throws `text.messages`, naming the message and part, for anything that is not a conversation. */
export function checkMessages(messages: readonly ChatMessage[]): void {
  const fail = (place: string, expected: string, got: unknown): SensoriumError =>
    new SensoriumError('text.messages', 'this is not a chat', {
      place,
      expected,
      got: JSON.stringify(got)?.slice(0, 80) ?? 'nothing',
    });
  if (!Array.isArray(messages) || messages.length === 0) throw fail('messages', 'an array with at least one message', messages);
  for (const [i, message] of (messages as readonly (ChatMessage | null)[]).entries()) {
    const place = `messages[${i}]`;
    if (typeof message !== 'object' || message === null) throw fail(place, 'an object with role and content', message);
    if (!roles.has(message.role)) throw fail(`${place}.role`, [...roles].join(', '), message.role);
    const { content } = message;
    if (typeof content === 'string' || content === null || content === undefined) continue;
    if (!Array.isArray(content)) throw fail(`${place}.content`, 'a string or an array of parts', content);
    for (const [p, part] of (content as (ContentPart | null)[]).entries()) {
      const where = `${place}.content[${p}]`;
      if (typeof part !== 'object' || part === null) throw fail(where, "an object such as {type: 'text', text}", part);
      if (part.type === 'text' ? typeof part.text !== 'string' : !isImagePart(part) && !media.has(part.type) && part.type !== 'region')
        throw fail(
          where,
          "{type: 'text', text}, {type: 'image'}, {type: 'video'}, {type: 'audio'}, {type: 'points'} or {type: 'region'}",
          part,
        );
    }
  }
}
