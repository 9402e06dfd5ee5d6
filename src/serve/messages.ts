// Messages of a request to messages for an engine: images are found, counted and fetched, what the model cannot take is refused by name.

import type { Context } from 'hono';
import { isDataUrl } from '../media/data-url.js';
import type { Sound } from '../media/index.js';
import type { ChatMessage, ContentPart } from '../text/index.js';
import { type Attached, readMedia } from './attached.js';
import type { RequestMessage } from './chat-schema.js';
import type { AppEnv, ServerContext } from './context.js';
import { ApiError, badRequest } from './errors.js';
import { type FileStore, isFileId } from './files.js';
import { ownerOf } from './files-api.js';
import { regionPart } from './regions.js';
import { type FetchOptions, safeFetch } from './safe-fetch.js';

/** Where images of a request may come from, beside data: URLs. */
export interface ImageSources {
  /** undefined: http(s) URLs are refused. */
  remote: FetchOptions | undefined;
  /** undefined: there are no files. */
  files: FileStore | undefined;
  /** Whose files the request may name. */
  owner: string;
  /** Images that came with the request. */
  attached?: Attached;
}

/** The sources of a request. What it fetches counts against the memory for bodies, as if it had been sent. */
export function imageSources(c: Context<AppEnv>, { remote, files, admission }: ServerContext): ImageSources {
  const [owner, attached] = [ownerOf(c), c.get('attached')];
  if (!remote) return { remote, files, owner, attached };
  const hold = admission.hold(c.get('client'));
  c.get('leave').push(hold.release);
  let fetched = 0;
  const onBytes = (bytes: number): void => {
    fetched += bytes;
    hold.resize(fetched);
  };
  return { remote: { ...remote, onBytes }, files, owner, attached };
}

/** How images of a request are opened. */
export interface OpenOptions {
  maxImages: number;
  /** The model takes images. */
  images: boolean;
  /** The model takes videos by their frames. Default: `images`. */
  videos?: boolean | undefined;
  /** Reads a sound file for a model that hears; undefined for one that does not. */
  sound?: ((bytes: Uint8Array, param: string) => Promise<Sound>) | undefined;
  /** Regions of images can be pointed out to the model. */
  regions?: boolean | undefined;
  sources: ImageSources;
  signal: AbortSignal;
  /** The field that a message comes from. Default `messages[i]`. */
  places?: readonly string[];
}

/** Engine messages and the number of images in them, frames of videos included. Throws `ApiError` 400 with the field. */
export async function openMessages(
  messages: readonly RequestMessage[],
  options: OpenOptions,
): Promise<{ messages: ChatMessage[]; images: number }> {
  let images = 0;
  let sounds = 0;
  const out: ChatMessage[] = [];
  for (const [m, message] of messages.entries()) {
    const { content } = message;
    const rest = templateFields(message);
    if (typeof content === 'string' || content === null || content === undefined) {
      out.push({ ...rest, content: content ?? null });
      continue;
    }
    const parts: ContentPart[] = [];
    for (const [p, part] of content.entries()) {
      const param = `${options.places?.[m] ?? `messages[${m}]`}.content[${p}]`;
      if (part.type === 'text') parts.push({ type: 'text', text: part.text });
      else if (part.type === 'refusal') parts.push({ type: 'text', text: part.refusal });
      else if (part.type === 'region') {
        if (!options.regions) throw noRegions(param);
        parts.push(await regionPart(part, param, (url, field) => openUrl(url, field, options)));
      } else if (part.type === 'input_audio') {
        if (++sounds > options.maxImages)
          throw badRequest(`Too many sounds: at most ${options.maxImages} in one request`, param, { code: 'too_many_images' });
        parts.push(await soundPart(part, param, options));
      } else {
        const isVideo = part.type === 'video';
        if (!(isVideo ? (options.videos ?? options.images) : options.images))
          throw badRequest(`This model does not take ${isVideo ? 'videos' : 'images'}`, param, {
            code: 'unsupported_content',
            hint: isVideo && options.images ? 'Send its frames as images.' : 'GET /v1/models says what a model takes.',
          });
        images += part.type === 'video' ? part.video.length : 1;
        if (images > options.maxImages)
          throw badRequest(`Too many images: at most ${options.maxImages} in one request`, param, { code: 'too_many_images' });
        if (part.type === 'video') parts.push(await openVideo(part, param, options));
        else parts.push({ type: 'image', source: await openPart(part, param, options) });
      }
    }
    out.push({ ...rest, content: parts });
  }
  return { messages: out, images };
}

/** A sound, whose data are base64 as OpenAI has them, or a data: URL. */
async function soundPart(
  { input_audio: { data } }: Extract<RequestPart, { type: 'input_audio' }>,
  param: string,
  { sound, sources }: OpenOptions,
): Promise<ContentPart> {
  if (!sound)
    throw badRequest('This model does not hear: input_audio is not supported', param, {
      code: 'unsupported_content',
      hint: 'GET /v1/models says what a model takes.',
    });
  const field = `${param}.input_audio.data`;
  const url = isDataUrl(data) ? data : `data:audio/wav;base64,${data}`;
  return { type: 'audio', sound: await sound(dataBytes(url, field, sources.attached, 'invalid_audio'), field) };
}

/** The error for a region that nobody reads. */
export const noRegions = (param: string): ApiError =>
  badRequest('This model takes no regions of images', param, {
    code: 'unsupported_content',
    hint: 'GET /v1/models says what a model takes: capabilities.regions.',
  });

/** What the chat template reads of a message beside its content. */
function templateFields(message: RequestMessage): Omit<ChatMessage, 'content'> & { role: ChatMessage['role'] } {
  const { role, name } = message;
  const named = name ? { role, name } : { role };
  if (message.role === 'tool') return { ...named, tool_call_id: message.tool_call_id };
  if (message.role !== 'assistant') return named;
  const thought = message.reasoning_content ?? message.reasoning;
  const calls = message.tool_calls?.map(({ id, type, function: f }) => ({ id, type, function: { name: f.name, arguments: f.arguments } }));
  return { ...named, ...(thought ? { reasoning_content: thought } : {}), ...(calls?.length ? { tool_calls: calls } : {}) };
}

type RequestPart = Exclude<RequestMessage['content'], string | null | undefined>[number];
type ImagePart = Extract<RequestPart, { type: 'image_url' | 'file' }>;

/** A video by its frames. Files of videos are not taken: whoever has one has a decoder, and ours would run on bytes of strangers. */
async function openVideo(
  { video, fps }: Extract<RequestPart, { type: 'video' }>,
  param: string,
  options: OpenOptions,
): Promise<ContentPart> {
  const frames: Uint8Array[] = [];
  for (const [f, url] of video.entries()) frames.push(await openUrl(url, `${param}.video[${f}]`, options));
  return { type: 'video', frames, ...(fps ? { fps } : {}) };
}

function openPart(part: ImagePart, param: string, options: OpenOptions): Promise<Uint8Array> {
  const { sources, signal } = options;
  if (part.type === 'image_url') return openUrl(part.image_url.url, `${param}.image_url.url`, { sources, signal });
  const { file_id: id, file_data: data } = part.file;
  const field = `${param}.file`;
  if (typeof id === 'string' && typeof data === 'string')
    throw badRequest('A file is either file_id or file_data, not both', field, { code: 'invalid_value' });
  const given = id ?? data;
  if (typeof given !== 'string')
    throw badRequest(`Missing required parameter: '${field}.file_id'`, `${field}.file_id`, { code: 'missing_required_parameter' });
  // An id is never taken for a URL, nor the other way round.
  if (given === id && !isFileId(id))
    throw badRequest('Not the id of a file', `${field}.file_id`, { code: 'invalid_value', expected: 'file-…' });
  if (given === data && !isDataUrl(data))
    throw badRequest('Not a data URL', `${field}.file_data`, { code: 'invalid_value', expected: 'data:image/…;base64,…' });
  return openUrl(given, `${field}.${given === id ? 'file_id' : 'file_data'}`, { sources, signal });
}

/** Bytes of a data: URL. Throws `ApiError` 400 that says what is wrong with it; `invalid`: its code where the URL is no image's. */
function dataBytes(url: string, param: string, attached: Attached | undefined, invalid?: 'invalid_audio'): Uint8Array {
  const read = attached?.get(url) ?? readMedia(url);
  if ('refused' in read) throw badRequest(read.refused.message, param, { code: invalid ?? read.refused.apiCode ?? undefined });
  if (read.bytes.length > 0) return read.bytes;
  throw badRequest('The data URL is empty', param, { code: invalid ?? 'invalid_image_url' });
}

/**
 * Bytes of a data: URL, of an uploaded file by its id, or of an http(s): URL where those are allowed. Nothing is decoded. Paths and file:
 * URLs are never opened. Throws `ApiError` 400, and 404 for a file that is not there or another's.
 */
export async function openUrl(
  url: string,
  param: string,
  { sources: { remote, files, owner, attached }, signal }: Pick<OpenOptions, 'sources' | 'signal'>,
): Promise<Uint8Array> {
  if (isDataUrl(url)) return dataBytes(url, param, attached);
  if (files && isFileId(url)) return files.get(owner, url, param).bytes;
  if (!/^https?:\/\//i.test(url))
    throw badRequest('Not an image URL', param, {
      code: 'invalid_image_url',
      expected: `a data: URL, ${files ? 'the id of a file, ' : ''}or an http(s): URL`,
      got: JSON.stringify(url.slice(0, 40)),
      hint: /^[A-Za-z0-9+/]{40}/.test(url) ? 'Base64 needs data:image/png;base64, or the like in front of it.' : undefined,
    });
  if (!remote)
    throw badRequest('This server does not fetch images', param, {
      code: 'invalid_image_url',
      hint: 'Send the image as a data: URL, or start the server with --allow-host.',
    });
  try {
    return await safeFetch(url, { ...remote, signal });
  } catch (error) {
    if (error instanceof ApiError)
      throw new ApiError(error.status, error.message, {
        param,
        code: error.apiCode ?? undefined,
        retryAfter: error.retryAfter,
        cause: error,
      });
    throw error;
  }
}
