// Reading a request: its body as JSON against a schema, and the model that it names.

import { isUtf8 } from 'node:buffer';
import type { Context } from 'hono';
import type { z } from 'zod';
import type { AppEnv, ServerContext } from './context.js';
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

/**
 * The adapter that a request chooses by the name of a model, undefined for the base; noted in the record. Throws `ApiError` 404 for a
 * name that is not served.
 */
export function adapterOf(c: Context<AppEnv>, { model, engine }: ServerContext, wanted: string): string | undefined {
  const { adapters = [] } = engine;
  if (wanted !== model && !adapters.includes(wanted)) throw noSuchModel(wanted, [model, ...adapters]);
  c.get('record').model = wanted;
  return wanted === model ? undefined : wanted;
}

/** The error for a model that is not served here. */
export function noSuchModel(model: string, served: readonly string[]): ApiError {
  return new ApiError(404, `The model '${model.slice(0, 100)}' does not exist`, {
    param: 'model',
    code: 'model_not_found',
    hint: `This server has: ${served.join(', ')}.`,
  });
}
