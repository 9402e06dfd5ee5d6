// /v1/files: upload, list, look at, read and delete the files of a key.
import { withBody } from './body.js';
import { ApiError, badRequest, fromZod } from './errors.js';
import { fileTooLarge } from './files.js';
import { fileListQuery } from './files-schema.js';
import { checkOrigin } from './hosts.js';
import { piecesOf } from './pieces.js';
import { readFormJob } from './read-body.js';
import { readWith } from './request.js';
/** What lies around a file in a multipart body: borders, headers, the other fields. */
const AROUND = 64 * 1024;
/** Who owns the files of a request. */
export const ownerOf = (c) => c.get('key')?.key ?? '';
/** Adds the routes. `guard` checks keys and limits, `gate` turns away what is too much. */
export function fileRoutes(app, { server, files, guard, gate }) {
    const { maxFile } = files.limits;
    const limit = withBody(server, { kind: 'uploads', maxSize: maxFile + AROUND, tooLarge: () => fileTooLarge(maxFile) });
    app.post('/v1/files', guard, gate, checkOrigin(server), limit, async (c) => c.json(shown(await upload(c, files))));
    app.get('/v1/files', guard, (c) => c.json(listed(c, files)));
    app.get('/v1/files/:id', guard, (c) => c.json(shown(files.get(ownerOf(c), c.req.param('id')))));
    app.delete('/v1/files/:id', guard, (c) => {
        const { id } = files.delete(ownerOf(c), c.req.param('id'));
        return c.json({ id, object: 'file', deleted: true });
    });
    app.get('/v1/files/:id/content', guard, (c) => content(c, server, files.get(ownerOf(c), c.req.param('id'))));
}
/** Sends a file as its reader takes it. */
function content(c, { admission }, { bytes }) {
    // What a stranger wrote is never shown as a page of this server.
    const headers = {
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment',
        'x-content-type-options': 'nosniff',
        'content-length': String(bytes.length),
    };
    if (c.req.method === 'HEAD')
        return c.body(null, 200, headers);
    const download = admission.downloads.begin(c.get('client'), () => c.env?.outgoing?.destroy());
    c.get('leave').push(() => download.end());
    let finish = () => { };
    c.set('finished', new Promise((resolve) => {
        finish = resolve;
    }));
    const onEnd = (left) => {
        if (left)
            c.get('record').status = 499;
        finish();
    };
    return new Response(piecesOf(bytes, { onTaken: (n) => download.moved(n), onEnd }), { headers });
}
async function upload(c, files) {
    const type = c.req.header('content-type') ?? '';
    if (!/^multipart\/form-data\b/i.test(type))
        throw new ApiError(415, 'The body must be a form', {
            code: 'unsupported_media_type',
            expected: 'content-type: multipart/form-data',
            got: type.slice(0, 100) || 'none',
        });
    const { name, purpose, bytes, seconds } = await readWith(c, readFormJob, { type });
    return files.add(ownerOf(c), { name, purpose, bytes, ttlMs: seconds === undefined ? undefined : seconds * 1000 });
}
function listed(c, files) {
    const query = fileListQuery.safeParse(c.req.query());
    if (!query.success)
        throw fromZod(query.error);
    const { purpose, limit, order, after } = query.data;
    let found = files.list(ownerOf(c));
    if (order === 'desc')
        found.reverse();
    if (purpose !== undefined)
        found = found.filter((file) => file.purpose === purpose);
    if (after !== undefined) {
        const at = found.findIndex((file) => file.id === after);
        if (at < 0)
            throw badRequest('There is no such file in this list', 'after', { code: 'invalid_value' });
        found = found.slice(at + 1);
    }
    const data = found.slice(0, limit).map(shown);
    return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: found.length > limit };
}
function shown({ id, name, purpose, bytes, createdAt, expiresAt }) {
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
//# sourceMappingURL=files-api.js.map