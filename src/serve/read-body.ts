// Reads a body: unpacked, parsed as JSON or as a form, checked. It runs in a worker thread where a body is long, so nothing of it
// depends on the server.

import { isAscii, isUtf8 } from 'node:buffer';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { defineJob } from '../util/jobs.js';
import { attachMedia, type Media } from './attached.js';
import { ApiError, badRequest, errorOf, fromZod, type Refusal, refusalOf } from './errors.js';
import { FORMS, type FormName } from './forms.js';
import { checkJsonSize } from './json-scan.js';
import { REQUESTS, type RequestName } from './requests.js';

/** Ways of packing a body that are understood. */
export const PACKINGS = ['gzip', 'x-gzip', 'deflate', 'br'] as const;
export type Packing = (typeof PACKINGS)[number];

const UNPACK = { gzip: gunzipSync, 'x-gzip': gunzipSync, deflate: inflateSync, br: brotliDecompressSync } as const;

/** A body, and what it may be. */
export interface BodyInput {
  pieces: readonly Uint8Array[];
  packing?: Packing;
  /** Bytes when it is unpacked, and the error for more. */
  maxSize: number;
  tooLarge: Refusal;
}

/** What was read, or why the request is refused. */
export type Read<T> = (T & { readonly size: number; readonly refused?: undefined }) | { readonly refused: Refusal };

/** A body of JSON for an endpoint. */
export interface JsonInput extends BodyInput {
  name: RequestName;
  /** The beginning of what stands for an image in the text; nobody knows it who could write it. */
  mark: string;
}

/** A request that was checked; its long images are beside it, in the order of their numbers. */
export interface ReadRequest {
  value: unknown;
  media: Media[];
}

/** Reads a request. */
export function readRequest(input: JsonInput): Promise<Read<ReadRequest>> {
  return refusing(() => {
    const bytes = unpacked(input);
    const value = parseJson(bytes);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw badRequest('The body must be a JSON object', 'body', { code: 'invalid_json' });
    const parsed = REQUESTS[input.name].safeParse(value);
    if (!parsed.success) throw fromZod(parsed.error);
    return { value: parsed.data, media: attachMedia(parsed.data, input.mark), size: bytes.length };
  });
}

/** A body that is a form. */
export interface FormInput extends BodyInput {
  name: FormName;
  /** The content-type, which names the border of its parts. */
  type: string;
}

/** A file that was uploaded, and the other fields, checked. */
export interface ReadForm {
  filename: string;
  bytes: Uint8Array<ArrayBuffer>;
  fields: object;
}

/** Reads a form with a file. Fields whose names end with [] may come again. */
export function readForm(input: FormInput): Promise<Read<ReadForm>> {
  return refusing(async () => {
    const body = unpacked(input);
    checkParts(body, input.type);
    let form: FormData;
    try {
      form = await new Response(body, { headers: { 'content-type': input.type } }).formData();
    } catch (cause) {
      throw badRequest('We could not parse the form in the body of your request', 'body', { code: 'invalid_form', cause });
    }
    const fields: Record<string, unknown> = {};
    for (const [name, value] of form.entries()) {
      const many = name.endsWith('[]');
      if (many && Object.hasOwn(fields, name)) {
        (fields[name] as unknown[]).push(value);
        continue;
      }
      if (Object.hasOwn(fields, name))
        throw badRequest(`The field '${name.slice(0, 64)}' is given twice`, name.slice(0, 64), { code: 'invalid_value' });
      Object.defineProperty(fields, name, { value: many ? [value] : value, enumerable: true }); // any name, also __proto__
    }
    const read = FORMS[input.name].safeParse(fields);
    if (!read.success) throw fromZod(read.error);
    const { file, ...rest } = read.data;
    return { filename: file.name, bytes: new Uint8Array(await file.arrayBuffer()), fields: rest, size: body.length };
  });
}

/** `readRequest` and `readForm` in a worker thread. */
export const readRequestJob = defineJob(import.meta.url, readRequest);
export const readFormJob = defineJob(import.meta.url, readForm);

/** Refusals as data, which threads can send each other. */
async function refusing<T extends { size: number }>(read: () => T | Promise<T>): Promise<Read<T>> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ApiError) return { refused: refusalOf(error) };
    throw error;
  }
}

function unpacked({ pieces, packing, maxSize, tooLarge }: BodyInput): Buffer<ArrayBuffer> {
  const [first, ...more] = pieces as Uint8Array<ArrayBuffer>[];
  const bytes = first && more.length === 0 ? Buffer.from(first.buffer, first.byteOffset, first.length) : Buffer.concat(pieces);
  if (!packing) return bytes;
  try {
    return UNPACK[packing](bytes, { maxOutputLength: maxSize }) as Buffer<ArrayBuffer>;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw errorOf(tooLarge);
    throw badRequest(`The body is not valid ${packing} data`, 'body', { code: 'invalid_encoding', cause });
  }
}

/** Throws `ApiError` 400 for what is too deep, too large or not JSON. */
function parseJson(bytes: Buffer): unknown {
  checkJsonSize(bytes);
  const bad = (got?: string): ApiError =>
    badRequest('We could not parse the JSON body of your request', 'body', { code: 'invalid_json', got });
  if (!isUtf8(bytes)) throw bad('text that is not UTF-8');
  try {
    // The decoder leaves out a byte order mark.
    return JSON.parse(isAscii(bytes) ? bytes.toString('latin1') : new TextDecoder().decode(bytes));
  } catch (cause) {
    throw bad(cause instanceof Error ? cause.message : undefined);
  }
}

/** Parts of a form; of an upload there are four at most. */
const MAX_PARTS = 64;

/** Throws `ApiError` 400 for a form of very many parts, which takes far longer to parse than to send. */
function checkParts(body: Buffer, type: string): void {
  const [, quoted, bare] = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type) ?? [];
  const border = `\r\n--${quoted ?? bare}`;
  let parts = 0;
  for (let at = body.indexOf(border); at >= 0; at = body.indexOf(border, at + border.length))
    if (++parts > MAX_PARTS) throw badRequest(`The form has more than ${MAX_PARTS} parts`, 'body', { code: 'invalid_form' });
}
