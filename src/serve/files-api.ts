// /v1/files: upload, list, look at, read and delete the files of a key.

import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { withBody } from './body.js';
import type { AppEnv, ServerContext } from './context.js';
import { ApiError, badRequest, fromZod } from './errors.js';
import { type FileStore, fileTooLarge, type StoredFile } from './files.js';
import { type fileDeleted, type fileList, fileListQuery, type fileObject, fileUpload } from './files-schema.js';
import { checkOrigin } from './hosts.js';
import { piecesOf } from './pieces.js';

/** What lies around a file in a multipart body: borders, headers, the other fields. */
const AROUND = 64 * 1024;

/** Who owns the files of a request. */
export const ownerOf = (c: Context<AppEnv>): string => c.get('key')?.key ?? '';

/** Adds the routes. `guard` checks keys and limits, `gate` turns away what is too much. */
export function fileRoutes(
  app: Hono<AppEnv>,
  { server, files, guard, gate }: { server: ServerContext; files: FileStore; guard: Middleware; gate: Middleware },
): void {
  const { maxFile } = files.limits;
  const limit = withBody(server, { kind: 'uploads', maxSize: maxFile + AROUND, tooLarge: () => fileTooLarge(maxFile) });
  app.post('/v1/files', guard, gate, checkOrigin(server), limit, async (c) => c.json(shown(await upload(c, files))));
  app.get('/v1/files', guard, (c) => c.json(listed(c, files)));
  app.get('/v1/files/:id', guard, (c) => c.json(shown(files.get(ownerOf(c), c.req.param('id')))));
  app.delete('/v1/files/:id', guard, (c) => {
    const { id } = files.delete(ownerOf(c), c.req.param('id'));
    return c.json({ id, object: 'file', deleted: true } satisfies z.infer<typeof fileDeleted>);
  });
  app.get('/v1/files/:id/content', guard, (c) => content(c, server, files.get(ownerOf(c), c.req.param('id'))));
}

type Middleware = MiddlewareHandler<AppEnv>;

/** Sends a file as its reader takes it. */
function content(c: Context<AppEnv>, { admission }: ServerContext, { bytes }: StoredFile): Response {
  // What a stranger wrote is never shown as a page of this server.
  const headers = {
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
    'content-length': String(bytes.length),
  };
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  const download = admission.downloads.begin(c.get('client'), () => c.env?.outgoing?.destroy());
  c.get('leave').push(() => download.end());
  let finish = (): void => {};
  c.set(
    'finished',
    new Promise<void>((resolve) => {
      finish = resolve;
    }),
  );
  const onEnd = (left: boolean): void => {
    if (left) c.get('record').status = 499;
    finish();
  };
  return new Response(piecesOf(bytes, { onTaken: (n) => download.moved(n), onEnd }), { headers });
}

async function upload(c: Context<AppEnv>, files: FileStore): Promise<StoredFile> {
  const type = c.req.header('content-type') ?? '';
  if (!/^multipart\/form-data\b/i.test(type))
    throw new ApiError(415, 'The body must be a form', {
      code: 'unsupported_media_type',
      expected: 'content-type: multipart/form-data',
      got: type.slice(0, 100) || 'none',
    });
  const body = await c.get('body')();
  checkParts(body, type);
  let form: FormData;
  try {
    form = await new Response(body as Uint8Array<ArrayBuffer>, { headers: { 'content-type': type } }).formData();
  } catch (cause) {
    throw badRequest('We could not parse the form in the body of your request', 'body', { code: 'invalid_form', cause });
  }
  const fields: Record<string, unknown> = {};
  for (const [name, value] of form.entries()) {
    if (Object.hasOwn(fields, name))
      throw badRequest(`The field '${name.slice(0, 64)}' is given twice`, name.slice(0, 64), { code: 'invalid_value' });
    Object.defineProperty(fields, name, { value, enumerable: true }); // any name, also __proto__
  }
  const read = fileUpload.safeParse(fields);
  if (!read.success) throw fromZod(read.error);
  const { file, purpose, 'expires_after[seconds]': seconds } = read.data;
  const bytes = new Uint8Array(await file.arrayBuffer());
  return files.add(ownerOf(c), { name: file.name, purpose, bytes, ttlMs: seconds === undefined ? undefined : seconds * 1000 });
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

function listed(c: Context<AppEnv>, files: FileStore): z.infer<typeof fileList> {
  const query = fileListQuery.safeParse(c.req.query());
  if (!query.success) throw fromZod(query.error);
  const { purpose, limit, order, after } = query.data;
  let found = files.list(ownerOf(c));
  if (order === 'desc') found.reverse();
  if (purpose !== undefined) found = found.filter((file) => file.purpose === purpose);
  if (after !== undefined) {
    const at = found.findIndex((file) => file.id === after);
    if (at < 0) throw badRequest('There is no such file in this list', 'after', { code: 'invalid_value' });
    found = found.slice(at + 1);
  }
  const data = found.slice(0, limit).map(shown);
  return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: found.length > limit };
}

function shown({ id, name, purpose, bytes, createdAt, expiresAt }: StoredFile): z.infer<typeof fileObject> {
  return {
    id,
    object: 'file',
    bytes: bytes.length,
    created_at: createdAt,
    expires_at: expiresAt,
    filename: name,
    purpose,
    status: 'processed',
  };
}
