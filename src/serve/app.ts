// The routes and what lies around each of them: the record, the gate, keys and limits, and errors as OpenAI's clients expect them.

import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { packageVersion } from '../util/package.js';
import { withBody } from './body.js';
import { noSuchModel } from './catalog.js';
import { chatCompletions } from './chat.js';
import { completions } from './completions.js';
import type { AppEnv, RequestRecord, ServerContext } from './context.js';
import { demoRoutes } from './demo.js';
import { embeddings } from './embeddings.js';
import { ApiError, toApiError } from './errors.js';
import { answered } from './event-stream.js';
import { fileRoutes } from './files-api.js';
import { checkHost, cors } from './hosts.js';
import { openApiDocument } from './openapi.js';
import { guarded, recorded } from './record.js';
import { responseRoutes, responses } from './responses.js';
import { failedEarly } from './responses-events.js';
import type { health, modelList, readiness, version } from './schema.js';
import { detokenize, tokenize } from './tokenize.js';
import { transcriptionRoutes } from './transcriptions.js';

/** The app of a server. `onRequest` is called once per request, after the last byte or a disconnect. */
export function createApp(server: ServerContext, onRequest: (record: RequestRecord) => void = () => {}): Hono<AppEnv> {
  const { catalog, metrics } = server;
  const app = new Hono<AppEnv>();
  app.use(recorded(server, onRequest), cors(server), checkHost(server));
  app.onError((error, c) => failed(c, error));
  app.notFound((c) =>
    failed(c, new ApiError(404, `Unknown request URL: ${c.req.method} ${c.req.path.slice(0, 200)}`, { code: 'unknown_url' })),
  );

  app.get('/health', (c) => {
    const { running, queued, slots } = catalog.stats();
    const body: z.infer<typeof health> = {
      status: server.draining ? 'draining' : 'ok',
      model: catalog.first.item.name,
      running,
      queued,
      slots,
      models: catalog.items.map(({ name, state }) => ({ id: name, state })),
      version: packageVersion(),
    };
    return c.json(body, server.draining ? 503 : 200);
  });
  app.get('/ready', (c) => {
    const reason = refusalOf(server);
    const body: z.infer<typeof readiness> = reason === undefined ? { status: 'ready' } : { status: 'busy', reason };
    return c.json(body, reason === undefined ? 200 : 503);
  });
  const document = JSON.stringify(
    openApiDocument({
      keys: !server.keys.open,
      embeddings: catalog.embedders.items.length > 0,
      audio: catalog.transcribers.items.length > 0,
      files: server.files !== undefined,
    }),
  );
  app.get('/version', (c) => c.json({ version: packageVersion() } satisfies z.infer<typeof version>));
  app.get('/openapi.json', (c) => c.body(document, 200, { 'content-type': 'application/json' }));

  if (server.demo) demoRoutes(app, server.demo);
  const guard = guarded(server);
  app.get('/metrics', guard, async (c) => c.body(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType }));

  app.get('/v1/models', guard, (c) => c.json({ object: 'list', data: catalog.cards() } satisfies z.infer<typeof modelList>));
  app.get('/v1/models/:id{.+}', guard, (c) => {
    const id = c.req.param('id');
    const cards = catalog.cards();
    const card = cards.find((model) => model.id === id);
    if (!card)
      throw noSuchModel(
        id,
        cards.map((model) => model.id),
      );
    return c.json(card);
  });

  const limit = withBody(server, {
    maxSize: server.limits.maxBody,
    tooLarge: () => new ApiError(413, `The body is larger than ${server.limits.maxBody} bytes`, { code: 'request_too_large' }),
  });
  app.post('/v1/chat/completions', guard, gate(server), limit, (c) => answered(c, server, () => chatCompletions(c, server)));
  app.post('/v1/completions', guard, gate(server), limit, (c) => answered(c, server, () => completions(c, server)));
  app.post('/v1/responses', guard, gate(server), limit, (c) =>
    answered(c, server, () => responses(c, server, server.responses), failedEarly),
  );
  responseRoutes(app, server.responses, guard);
  app.post('/tokenize', guard, gate(server), limit, (c) => tokenize(c, server));
  app.post('/detokenize', guard, gate(server), limit, (c) => detokenize(c, server));
  app.post('/v1/embeddings', guard, gate(server), limit, (c) => {
    if (catalog.embedders.items.length === 0)
      throw new ApiError(404, 'This server has no model for embeddings', {
        code: 'model_not_found',
        hint: 'Start it with --embeddings FOLDER.',
      });
    return embeddings(c, server);
  });
  transcriptionRoutes(app, { server, guard, gate: gate(server) });
  if (server.files) fileRoutes(app, { server, files: server.files, guard, gate: gate(server) });
  for (const [path, allow] of [
    ...(server.files
      ? ([
          ['/v1/files', 'GET, POST'],
          ['/v1/files/:id', 'GET, DELETE'],
          ['/v1/files/:id/content', 'GET'],
        ] as const)
      : []),
    ['/v1/chat/completions', 'POST'],
    ['/v1/completions', 'POST'],
    ['/v1/responses', 'POST'],
    ['/v1/responses/:id', 'GET, DELETE'],
    ['/v1/responses/:id/input_items', 'GET'],
    ['/v1/embeddings', 'POST'],
    ['/v1/audio/transcriptions', 'POST'],
    ['/v1/audio/translations', 'POST'],
    ['/tokenize', 'POST'],
    ['/detokenize', 'POST'],
    ['/version', 'GET'],
    ['/v1/models', 'GET'],
    ['/metrics', 'GET'],
    ['/health', 'GET'],
    ['/ready', 'GET'],
    ['/openapi.json', 'GET'],
  ] as const)
    app.all(path, (c) => {
      c.header('allow', allow);
      throw new ApiError(405, `Not allowed to ${c.req.method} on ${c.req.path.slice(0, 200)}`, {
        code: 'method_not_allowed',
        expected: allow,
      });
    });
  return app;
}

/** Turns requests away before their bodies are read: while the server goes down, and when too many are under way. */
function gate(server: ServerContext): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (server.draining) throw new ApiError(503, 'The server is shutting down', { code: 'shutting_down', retryAfter: 5 });
    server.admission.work.check(c.get('client'));
    await next();
  };
}

/** Why new work would be refused now; undefined when it would be taken. */
function refusalOf({ draining, admission, catalog }: ServerContext): string | undefined {
  if (draining) return 'the server is shutting down';
  return catalog.refusal ?? admission.refusal;
}

/** An error as the client sees it, noted in the record. */
function failed(c: Context<AppEnv>, error: unknown): Response {
  const record = c.get('record');
  const stopping = c.get('signal').aborted;
  const shown = stopping ? new ApiError(503, 'The server is shutting down', { code: 'shutting_down', retryAfter: 5 }) : toApiError(error);
  record.error = stopping ? 'aborted' : shown.message;
  if (c.env?.outgoing?.destroyed) return new Response(null, { status: 499 }); // nobody reads it
  if (!stopping && shown.status >= 500) record.cause = shown.cause ?? error;
  if (shown.retryAfter !== undefined) c.header('retry-after', String(shown.retryAfter));
  if (c.env?.incoming?.complete === false) c.header('connection', 'close'); // the rest of the body is not read
  if (shown.status === 401) c.header('www-authenticate', 'Bearer');
  return c.json(shown.toJSON(), shown.status as 400);
}
