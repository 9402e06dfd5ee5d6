// Reading a request: its body as JSON against a schema, and the model that it names.

import type { Context } from 'hono';
import type { z } from 'zod';
import type { AppEnv } from './context.js';
import { ApiError, badRequest, fromZod } from './errors.js';

/** The body of a request, checked. Throws `ApiError` 400 or 415; the size is bounded before this is called. */
export async function readJson<T extends z.ZodType>(c: Context<AppEnv>, schema: T): Promise<z.infer<T>> {
  // A page in a browser can send text/plain anywhere without asking; application/json it cannot.
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type))
    throw new ApiError(415, 'The body must be JSON', {
      code: 'unsupported_media_type',
      expected: 'content-type: application/json',
      got: type || 'none',
    });
  const text = await c.req.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badRequest('We could not parse the JSON body of your request', 'body', {
      code: 'invalid_json',
      got: cause instanceof Error ? cause.message : undefined,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('The body must be a JSON object', 'body', { code: 'invalid_json' });
  if (!isShallow(value)) throw badRequest(`The body is nested deeper than ${MAX_DEPTH} levels`, 'body', { code: 'invalid_json' });
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw fromZod(parsed.error);
  return parsed.data;
}

/** Levels of a body. Deeper ones would overflow the stack of whoever walks them later. */
const MAX_DEPTH = 64;

function isShallow(value: object): boolean {
  let level: object[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MAX_DEPTH) return false;
    level = level.flatMap((parent) =>
      Object.values(parent).filter((child): child is object => typeof child === 'object' && child !== null),
    );
  }
  return true;
}

/** The error for a model that is not served here. */
export function noSuchModel(model: string, served: readonly string[]): ApiError {
  return new ApiError(404, `The model '${model.slice(0, 100)}' does not exist`, {
    param: 'model',
    code: 'model_not_found',
    hint: `This server has: ${served.join(', ')}.`,
  });
}
