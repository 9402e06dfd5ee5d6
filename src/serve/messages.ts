// Messages of a request to messages for an engine: images are found, counted and fetched, what the model cannot take is refused by name.

import type { ChatMessage, ContentPart } from '../text/index.js';
import type { RequestMessage } from './chat-schema.js';
import { ApiError, badRequest } from './errors.js';
import { type FetchOptions, safeFetch } from './safe-fetch.js';

/** How images of a request are opened. */
export interface OpenOptions {
  maxImages: number;
  /** The model takes images. */
  images: boolean;
  /** undefined: http(s) URLs are refused. */
  remote: FetchOptions | undefined;
  signal: AbortSignal;
}

/** Engine messages and the number of images in them. Throws `ApiError` 400 with the field. */
export async function openMessages(
  messages: readonly RequestMessage[],
  options: OpenOptions,
): Promise<{ messages: ChatMessage[]; images: number }> {
  let images = 0;
  const out: ChatMessage[] = [];
  for (const [m, message] of messages.entries()) {
    const { content, ...rest } = message;
    if (typeof content === 'string' || content === null || content === undefined) {
      out.push({ ...rest, content: content ?? null });
      continue;
    }
    const parts: ContentPart[] = [];
    for (const [p, part] of content.entries()) {
      const param = `messages[${m}].content[${p}]`;
      if (part.type === 'text') parts.push(part);
      else if (part.type === 'refusal') parts.push({ type: 'text', text: part.refusal });
      else if (part.type === 'input_audio')
        throw badRequest('This model does not hear: it takes no audio', param, { code: 'unsupported_content' });
      else if (part.type === 'file')
        throw badRequest('Files are not supported', param, { code: 'unsupported_content', hint: 'Send images as image_url parts.' });
      else {
        if (!options.images) throw badRequest('This model does not take images', param, { code: 'unsupported_content' });
        images++;
        if (images > options.maxImages)
          throw badRequest(`Too many images: at most ${options.maxImages} in one request`, param, { code: 'too_many_images' });
        parts.push({ type: 'image', source: await openUrl(part.image_url.url, `${param}.image_url.url`, options) });
      }
    }
    out.push({ ...rest, content: parts });
  }
  return { messages: out, images };
}

const DATA_URL = /^data:([^,]{0,200}),/i;

/** Bytes of a data: URL, or of an http(s): URL where those are allowed. Nothing is decoded. Paths and file: URLs are never opened. */
export async function openUrl(url: string, param: string, options: Pick<OpenOptions, 'remote' | 'signal'>): Promise<Uint8Array> {
  const data = DATA_URL.exec(url);
  if (data) {
    if (!/;base64$/i.test(data[1] as string))
      throw badRequest('A data URL must be base64', param, { code: 'invalid_image_url', expected: 'data:image/…;base64,…' });
    const payload = url.slice(data[0].length);
    if (!/^[A-Za-z0-9+/_-]*={0,2}\s*$/.test(payload))
      throw badRequest('The data URL is not valid base64', param, { code: 'invalid_image_url' });
    const bytes = Buffer.from(payload, 'base64');
    if (bytes.length === 0) throw badRequest('The data URL is empty', param, { code: 'invalid_image_url' });
    return bytes;
  }
  if (!/^https?:\/\//i.test(url))
    throw badRequest('Not an image URL', param, {
      code: 'invalid_image_url',
      expected: 'a data: URL or an http(s): URL',
      got: JSON.stringify(url.slice(0, 40)),
    });
  if (!options.remote)
    throw badRequest('This server does not fetch images', param, {
      code: 'invalid_image_url',
      hint: 'Send the image as a data: URL, or start the server with --allow-host.',
    });
  try {
    return await safeFetch(url, { ...options.remote, signal: options.signal });
  } catch (error) {
    if (error instanceof ApiError)
      throw new ApiError(error.status, error.message, { param, code: error.apiCode ?? undefined, cause: error });
    throw error;
  }
}
