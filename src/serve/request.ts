// Reading a request: its body as JSON, checked against a schema.

import { isUtf8 } from 'node:buffer';
import type { Context } from 'hono';
import type { z } from 'zod';
import type { AppEnv } from './context.js';
import { ApiError, badRequest, fromZod } from './errors.js';
import { checkJsonSize } from './json-scan.js';

/** The body of a request, checked. Throws `ApiError` 400 or 415, and those of the reading. */
export async function readJson<T extends z.ZodType>(c: Context<AppEnv>, schema: T): Promise<z.infer<T>> {
  // A page in a browser can send text/plain anywhere without asking; application/json it cannot.
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type))
    throw new ApiError(415, 'The body must be JSON', {
      code: 'unsupported_media_type',
      expected: 'content-type: application/json',
      got: type || 'none',
    });
  const value = parseJson(await c.get('body')());
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('The body must be a JSON object', 'body', { code: 'invalid_json' });
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw fromZod(parsed.error);
  c.set('streams', (parsed.data as { stream?: unknown }).stream === true);
  return parsed.data;
}

/** Throws `ApiError` 400 for what is too deep, too large or not JSON. */
function parseJson(bytes: Buffer): unknown {
  checkJsonSize(bytes);
  const bad = (got?: string): ApiError =>
    badRequest('We could not parse the JSON body of your request', 'body', { code: 'invalid_json', got });
  if (!isUtf8(bytes)) throw bad('text that is not UTF-8');
  try {
    return JSON.parse(new TextDecoder().decode(bytes)); // leaves out a byte order mark
  } catch (cause) {
    throw bad(cause instanceof Error ? cause.message : undefined);
  }
}
