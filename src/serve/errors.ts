// What a client is told when a request fails: the error object of the OpenAI API, with the HTTP status that goes with it.

import type { z } from 'zod';
import type { ApiErrorCode } from '../util/error-codes.js';
import { type ErrorCode, type ErrorDetails, SensoriumError } from '../util/errors.js';

/** What an API error says besides its summary. */
export interface ApiErrorDetails extends ErrorDetails {
  /** The field of the request, such as `messages[0].content`. */
  param?: string;
  /** OpenAI's machine-readable code. */
  code?: ApiErrorCode;
  /** OpenAI's class of errors. Default: by status. */
  type?: string;
  /** Seconds after which the client may come back; sent as `Retry-After`. */
  retryAfter?: number;
}

/** An error with an HTTP status: its message is meant for the client and holds nothing of the server's inside. */
export class ApiError extends SensoriumError {
  readonly param: string | null;
  readonly apiCode: ApiErrorCode | null;
  readonly type: string;
  readonly retryAfter: number | undefined;

  constructor(
    readonly status: number,
    summary: string,
    details: ApiErrorDetails = {},
  ) {
    const { param, code, type, retryAfter, ...rest } = details;
    super(`serve.${code ?? 'request'}`, summary, rest);
    this.name = 'ApiError';
    this.param = param ?? null;
    this.apiCode = code ?? null;
    this.type = type ?? (status >= 500 ? 'server_error' : status === 429 ? 'rate_limit_error' : 'invalid_request_error');
    this.retryAfter = retryAfter;
  }

  /** The body that clients expect. */
  toJSON(): { error: { message: string; type: string; param: string | null; code: string | null } } {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.apiCode } };
  }
}

/** An error as threads send it to each other. */
export type Refusal = Pick<ApiError, 'status' | 'message' | 'param' | 'apiCode' | 'type'>;

/** What a client is told of an error. */
export const refusalOf = ({ status, message, param, apiCode, type }: ApiError): Refusal => ({ status, message, param, apiCode, type });

/** The error that a client is told so. */
export function errorOf({ status, message, param, apiCode, type }: Refusal): ApiError {
  return new ApiError(status, message, { param: param ?? undefined, code: apiCode ?? undefined, type });
}

/** A request that cannot be met as it stands: 400 with the field it is about. */
export function badRequest(summary: string, param: string, details: ApiErrorDetails = {}): ApiError {
  return new ApiError(400, summary, { param, ...details });
}

/**
 * A prompt that does not fit, in OpenAI's words, by which clients recognise it. `tokens` is the length of the prompt, or a number that it
 * exceeds (`atLeast`).
 */
export function contextExceeded(
  limit: number,
  tokens: number,
  { atLeast = false, field = 'messages', cause }: { atLeast?: boolean; field?: 'messages' | 'prompt'; cause?: unknown } = {},
): ApiError {
  const got = `${atLeast ? 'more than ' : ''}${tokens} tokens`;
  const rest = `Please reduce the length of the ${field}.`;
  const summary = `This model's maximum context length is ${limit} tokens. However, your ${field} resulted in ${got}. ${rest}`;
  return badRequest(summary, field, { code: 'context_length_exceeded', cause });
}

/** The first thing that is wrong with a request, as zod found it. */
export function fromZod(error: z.ZodError): ApiError {
  const issue = deepest(error.issues as Issue[]);
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys?.[0] : undefined;
  const param = pathText(unknown === undefined ? issue.path : [...issue.path, unknown]);
  if (unknown !== undefined) return badRequest(`Unrecognized request argument supplied: ${param}`, param, { code: 'unknown_parameter' });
  // `closed` objects of the schemas: null alone says nothing, anything else would be lost.
  if (issue.code === 'invalid_type' && issue.expected === 'null')
    return badRequest(`Unrecognized request argument supplied: ${param}`, param, { code: 'unknown_parameter' });
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  if (missing) return badRequest(`Missing required parameter: '${param}'`, param, { code: 'missing_required_parameter' });
  return badRequest(`Invalid '${param || 'body'}': ${issue.message}`, param, { code: 'invalid_value' });
}

interface Issue {
  code: string;
  path: PropertyKey[];
  message: string;
  keys?: string[];
  errors?: Issue[][];
  /** What was expected, of an `invalid_type`. */
  expected?: string;
}

/** Of the branches of a union, the one that got furthest says what is wrong. */
function deepest(issues: Issue[]): Issue {
  const issue = issues[0] as Issue;
  if (issue.code !== 'invalid_union' || !issue.errors?.length) return issue;
  const branches = issue.errors.filter((list) => list.length > 0).map((list) => deepest(list));
  const best = branches.reduce((a, b) => (b.path.length > a.path.length ? b : a), branches[0] as Issue);
  if (best === undefined) return issue;
  if (best.path.length === 0) {
    // One that takes this type says more than those that do not.
    const right = branches.find((branch) => branch.code !== 'invalid_type');
    if (right) return { ...right, path: issue.path };
    return { ...issue, message: `${issue.message}: expected ${branches.map((b) => b.expected).join(' or ')}` };
  }
  return { ...best, path: [...issue.path, ...best.path] };
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('');
}

const SCHEMA_ERROR: ClientError = { param: 'response_format', code: 'invalid_schema', status: 400 };

interface ClientError {
  param: string;
  code: ApiErrorCode;
  status?: number;
  /** What a client can do, where the library's own hint is for who runs the server. */
  hint?: string;
}

/** Codes of the library that the client's request causes, with the field and the code that the client is told. */
const CLIENT_ERRORS: Readonly<Partial<Record<ErrorCode, ClientError>>> = {
  'text.messages': { param: 'messages', code: 'invalid_value' },
  'text.template': { param: 'messages', code: 'unsupported_messages' },
  'text.images': { param: 'messages', code: 'invalid_value' },
  'text.id': { param: 'input', code: 'invalid_value' },
  'text.unknown': { param: 'messages', code: 'invalid_value' },
  'text.offsets': { param: 'messages', code: 'invalid_value' },
  'text.length': { param: 'messages', code: 'context_length_exceeded' },
  'generate.context': { param: 'messages', code: 'context_length_exceeded' },
  'model.modality': { param: 'messages', code: 'unsupported_content' },
  'model.video': { param: 'messages', code: 'unsupported_content' },
  'model.images': { param: 'messages', code: 'too_many_images' },
  'generate.option': { param: 'body', code: 'invalid_value' },
  'generate.method': { param: 'method', code: 'invalid_value' },
  'generate.masked': { param: 'body', code: 'invalid_value' },
  'generate.queue': { param: 'body', code: 'queue_full', status: 429 },
  'generate.closed': { param: 'body', code: 'shutting_down', status: 503 },
  'job.time': { param: 'messages', code: 'too_much_work', hint: 'Send less, or smaller images.' },
  'job.memory': { param: 'messages', code: 'too_much_work', hint: 'Send less, or smaller images.' },
  'media.region': { param: 'messages', code: 'invalid_value' },
  'media.url': { param: 'messages', code: 'invalid_image_url' },
  'media.format': { param: 'messages', code: 'invalid_image' },
  'media.damaged': { param: 'messages', code: 'invalid_image' },
  'media.ratio': { param: 'messages', code: 'invalid_image' },
  'media.shape': { param: 'messages', code: 'invalid_image' },
  'media.limit': { param: 'messages', code: 'image_too_large', hint: 'Send a smaller image.' },
};

/**
 * Any error as one that a client may see. What the library refuses because of the request keeps its reason, without places on the
 * server's disk; everything else becomes a 500 that says nothing of the inside.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof SensoriumError) {
    const known = error.code.startsWith('constrain.') ? SCHEMA_ERROR : CLIENT_ERRORS[error.code];
    if (known) {
      const { place, expected, got, hint } = error;
      const bare = new SensoriumError(error.code, '', { place, expected, got, hint }).message;
      const summary = error.message.endsWith(bare) ? error.message.slice(0, -bare.length) : error.message;
      // Where in a schema it is wrong helps the client; a place on our disk does not concern it.
      const shown = known === SCHEMA_ERROR ? place : undefined;
      return new ApiError(known.status ?? 400, summary, {
        ...known,
        place: shown,
        expected,
        got,
        hint: known.hint ?? hint,
        cause: error,
      });
    }
  }
  return new ApiError(500, 'The server had an error while processing your request', { code: 'internal_error', cause: error });
}

/** What a text says of messages, of the prompt. */
export function aboutPrompt(error: unknown): unknown {
  const shown = toApiError(error);
  if (shown.param !== 'messages') return error;
  const { status, message, apiCode, type } = shown;
  return new ApiError(status, message, { param: 'prompt', code: apiCode ?? undefined, type, cause: error });
}
