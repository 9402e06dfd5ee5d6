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
  checkShape(value);
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw fromZod(parsed.error);
  return parsed.data;
}

/** Levels of a body. Deeper ones would overflow the stack of whoever walks them later. */
const MAX_DEPTH = 64;
/** Values in a body: megabytes of tiny ones cost far more to check than they do to send. */
const MAX_VALUES = 200_000;

function checkShape(value: object): void {
  let level: object[] = [value];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MAX_DEPTH) throw badRequest(`The body is nested deeper than ${MAX_DEPTH} levels`, 'body', { code: 'invalid_json' });
    const next: object[] = [];
    for (const parent of level) {
      const children = Object.values(parent);
      values += children.length;
      if (values > MAX_VALUES) throw badRequest(`The body holds more than ${MAX_VALUES} values`, 'body', { code: 'invalid_json' });
      for (const child of children) if (typeof child === 'object' && child !== null) next.push(child);
    }
    level = next;
  }
}

/** The error for a model that is not served here. */
export function noSuchModel(model: string, served: readonly string[]): ApiError {
  return new ApiError(404, `The model '${model.slice(0, 100)}' does not exist`, {
    param: 'model',
    code: 'model_not_found',
    hint: `This server has: ${served.join(', ')}.`,
  });
}
