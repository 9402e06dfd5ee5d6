// /v1/files: upload, list, look at, read and delete the files of a key.

import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { withBody } from './body.js';
import type { AppEnv, ServerContext } from './context.js';
import { badRequest, fromZod } from './errors.js';
import { type FileStore, fileTooLarge, type StoredFile } from './files.js';
import { type fileDeleted, type fileList, fileListQuery, type fileObject } from './files-schema.js';
import { checkOrigin } from './hosts.js';
import { piecesOf } from './pieces.js';
import { readUpload } from './request.js';

/** What lies around a file in a multipart body: borders, headers, the other fields. */
export const AROUND = 64 * 1024;

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
  const { filename: name, bytes, fields } = await readUpload(c, 'file');
  const { purpose, 'expires_after[seconds]': seconds } = fields;
  return files.add(ownerOf(c), { name, purpose, bytes, ttlMs: seconds === undefined ? undefined : seconds * 1000 });
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
