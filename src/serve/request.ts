// Reading a request: its body as JSON, checked against the schema of its endpoint; a long one in a worker thread.

import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { SensoriumError } from '../util/errors.js';
import { type Job, poolSize, runJob } from '../util/jobs.js';
import { attachedBy } from './attached.js';
import type { AppEnv } from './context.js';
import { ApiError, badRequest, errorOf, refusalOf } from './errors.js';
import type { FormFields, FormName } from './forms.js';
import { type BodyInput, type Read, type ReadForm, readFormJob, readRequestJob } from './read-body.js';
import type { RequestName, RequestOf } from './requests.js';
import { Turns } from './turns.js';

/** Bytes up to which a body is read on the main thread: a few milliseconds of work whatever is in it. */
const SHORT = 64 * 1024;

/** Bodies that are read at the same time; clients take turns. */
const turns = new Turns(Math.max(1, poolSize()));

/** The body of a request, checked. Throws `ApiError` 400 or 415, and those of the reading. */
export async function readJson<N extends RequestName>(c: Context<AppEnv>, name: N): Promise<RequestOf<N>> {
  // A page in a browser can send text/plain anywhere without asking; application/json it cannot.
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type))
    throw new ApiError(415, 'The body must be JSON', {
      code: 'unsupported_media_type',
      expected: 'content-type: application/json',
      got: type || 'none',
    });
  const mark = randomUUID();
  const { value, media } = await readWith(c, readRequestJob, { name, mark });
  c.set('attached', attachedBy(media, mark));
  c.set('streams', (value as { stream?: unknown }).stream === true);
  return value as RequestOf<N>;
}

/** A form with a file, checked. Throws `ApiError` 400 or 415, and those of the reading. */
export async function readUpload<N extends FormName>(c: Context<AppEnv>, name: N): Promise<ReadForm & { fields: FormFields<N> }> {
  const type = c.req.header('content-type') ?? '';
  if (!/^multipart\/form-data\b/i.test(type))
    throw new ApiError(415, 'The body must be a form', {
      code: 'unsupported_media_type',
      expected: 'content-type: multipart/form-data',
      got: type.slice(0, 100) || 'none',
    });
  return (await readWith(c, readFormJob, { name, type })) as ReadForm & { fields: FormFields<N> };
}

/** What a job makes of the body of a request. Throws `ApiError` for what is refused, and the reason of the request's signal. */
export async function readWith<I extends BodyInput, T>(
  c: Context<AppEnv>,
  job: Job<I, Read<T>>,
  more: Omit<I, keyof BodyInput>,
): Promise<T & { size: number }> {
  const { pieces, size, packing, rules, hold } = await c.get('body')();
  const body: BodyInput = { pieces, packing, maxSize: rules.maxSize, tooLarge: refusalOf(rules.tooLarge()) };
  const input = { ...more, ...body } as I;
  const read = size <= SHORT && !packing ? await job.run(input) : await aside(c, job, input);
  if (read.refused) throw errorOf(read.refused);
  hold(read.size);
  return read as T & { size: number };
}

async function aside<I, O>(c: Context<AppEnv>, job: Job<I, O>, input: I): Promise<O> {
  const signal = c.get('signal');
  const leave = await turns.take(signal, c.get('client'));
  try {
    return await runJob(job, input, { signal, move: true });
  } catch (error) {
    if (error instanceof SensoriumError && (error.code === 'job.time' || error.code === 'job.memory'))
      throw badRequest('The body takes too long to read', 'body', { code: 'too_much_work', cause: error });
    throw error;
  } finally {
    leave();
  }
}
