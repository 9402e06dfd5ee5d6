// `sensorium mcp`: our tools for other agents, over the Model Context Protocol: on standard input and output, or as streamable HTTP.

import { randomUUID } from 'node:crypto';
import { type ArgsDef, defineCommand } from 'citty';
import { fileWithin, type McpServerOptions, mcpServer } from '../agents/mcp/index.js';
import { BUILT_IN, toolbox } from '../agents/tools/index.js';
import { decodeImage, decodeSound } from '../media/index.js';
import { SensoriumError } from '../util/errors.js';
import { packageVersion } from '../util/package.js';
import { agentArgs, equipmentOf } from './agent-options.js';
import { numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import type { Held } from './judge-option.js';
import { usageError } from './report.js';

const { planner: _, 'planner-model': __, ...equipmentArgs } = agentArgs;

const args = {
  ...equipmentArgs,
  detector: {
    type: 'string',
    description:
      'what finds objects: world, nanodet, centernet, a folder, or several by commas (default: nanodet where it is fetched, else world)',
    valueHint: 'NAMES',
  },
  root: { type: 'string', description: 'folders whose files clients may name, by commas (default: the current one)', valueHint: 'DIRS' },
  'allow-host': { type: 'string', description: 'hosts whose pictures clients may name, by commas (default: none)', valueHint: 'HOSTS' },
  folder: { type: 'string', description: 'folder that search_folder looks in', valueHint: 'DIR' },
  tools: { type: 'string', description: 'only these tools, by commas', valueHint: 'NAMES' },
  http: { type: 'string', description: 'serve streamable HTTP on this port in place of standard input and output', valueHint: 'PORT' },
  host: { type: 'string', description: 'address to listen on', default: '127.0.0.1', valueHint: 'ADDRESS' },
  list: { type: 'boolean', description: 'list the tools and end' },
} satisfies ArgsDef;

const words = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

/** How pictures and sounds that clients name are opened: data: URLs, files below `roots`, addresses of `hosts`. */
export function openers(roots: readonly string[], hosts: readonly string[]): Pick<McpServerOptions, 'openImage' | 'openSound'> {
  const source = async (name: string, signal: AbortSignal): Promise<Uint8Array | string> => {
    if (name.startsWith('data:')) return name;
    if (!/^https?:/i.test(name)) return fileWithin(name, roots);
    const { safeFetch } = await import('../serve/safe-fetch.js');
    return safeFetch(name, { allowHosts: hosts, signal });
  };
  return {
    openImage: async (name, signal) => decodeImage(await source(name, signal), {}, signal),
    openSound: async (name, signal) => decodeSound(await source(name, signal), { signal }),
  };
}

/** Serves one client on standard input and output, until that ends. */
async function overStdio(options: McpServerOptions, signal: AbortSignal): Promise<void> {
  const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
  const server = mcpServer(options);
  const closed = new Promise<void>((resolve) => {
    server.onclose = resolve;
    process.stdin.once('end', resolve).once('close', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.connect(new StdioServerTransport(process.stdin, process.stdout, { maxBufferSize: 32 * 2 ** 20 }));
  await closed;
  await server.close();
}

/** Sessions at once over HTTP, each with a workspace of its own; for one more, the one that was not used for longest ends. */
const MOST_SESSIONS = 16;

/** Serves any number of clients over HTTP at `/mcp`, until the signal. */
export async function overHttp(
  options: McpServerOptions,
  { port, host, signal, onListen }: { port: number; host: string; signal: AbortSignal; onListen?: (port: number) => void },
): Promise<void> {
  const [{ Hono }, { serve }, { WebStandardStreamableHTTPServerTransport }, { hostServed }] = await Promise.all([
    import('hono'),
    import('@hono/node-server'),
    import('@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'),
    import('../serve/hosts.js'),
  ]);
  type HttpTransport = InstanceType<typeof WebStandardStreamableHTTPServerTransport>;
  const sessions = new Map<string, HttpTransport>();
  const app = new Hono();
  const refuse = (status: 403 | 404, message: string): Response =>
    Response.json({ jsonrpc: '2.0', error: { code: -32000, message }, id: null }, { status });
  app.all('/mcp', async (c) => {
    // A page of another site must not reach the tools, by whatever name it calls this machine.
    const own = (name: string | undefined): boolean => name === undefined || hostServed(name, { bound: host, allowed: [] });
    const origin = c.req.header('origin');
    const from = origin !== undefined && URL.canParse(origin) ? new URL(origin).host : origin;
    if (!own(c.req.header('host')) || !own(from)) return refuse(403, 'this host or origin is not served');
    const id = c.req.header('mcp-session-id');
    const open = id === undefined ? undefined : sessions.get(id);
    if (id !== undefined && open) {
      sessions.delete(id);
      sessions.set(id, open); // the last that was used
      return open.handleRequest(c.req.raw);
    }
    if (id !== undefined) return refuse(404, 'there is no such session');
    if (sessions.size >= MOST_SESSIONS) await [...sessions.values()][0]?.close();
    const transport: HttpTransport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (session) => void sessions.set(session, transport),
      maxRequestBodySize: 32 * 2 ** 20,
    });
    transport.onclose = () => void (transport.sessionId !== undefined && sessions.delete(transport.sessionId));
    await mcpServer(options).connect(transport);
    return transport.handleRequest(c.req.raw);
  });
  await new Promise<void>((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: host }, (info) => onListen?.(info.port));
    server.on('error', reject);
    signal.addEventListener(
      'abort',
      () => {
        for (const transport of sessions.values()) void transport.close();
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      },
      { once: true },
    );
  });
}

export default defineCommand({
  meta: { name: 'mcp', description: 'Serve our tools to other agents (Model Context Protocol)' },
  args,
  async run({ args }) {
    if (args._.length > 0) throw usageError('unexpected argument', { got: args._.join(' ') });
    const only = args.tools === undefined ? undefined : words(args.tools);
    const unknown = only?.find((name) => !BUILT_IN.some((row) => row.name === name));
    if (unknown !== undefined)
      throw usageError('there is no such tool', { place: '--tools', expected: BUILT_IN.map(({ name }) => name).join(', '), got: unknown });
    const port = numberOption('http', args.http, { min: 0, max: 65_535, integer: true });
    const roots = args.root === undefined ? [process.cwd()] : words(args.root);
    await withInterrupt(async (signal) => {
      const held: Held = [];
      try {
        const detector = args.detector ?? ((await (await import('../trust/experts/assets.js')).hasAsset('nanodet')) ? 'nanodet' : 'world');
        const box = toolbox({ equipment: equipmentOf({ ...args, detector }, { held, signal }), folder: args.folder }, { only });
        if (args.list) {
          const lines = [
            ...box.tools.map(({ name, description }) => `${name.padEnd(16)} ${description}`),
            ...box.missing.map(({ name, needs }) => `${`(${name})`.padEnd(16)} needs ${needs}`),
          ];
          process.stdout.write(`${lines.join('\n')}\n`);
          return;
        }
        if (box.tools.length === 0)
          throw new SensoriumError('agent.equipment', 'there is no tool to serve', {
            expected: box.missing.map(({ needs }) => needs).join('; '),
          });
        const options: McpServerOptions = { tools: box.tools, version: packageVersion(), ...openers(roots, words(args['allow-host'])) };
        if (port === undefined) await overStdio(options, signal);
        else
          await overHttp(options, {
            port,
            host: args.host,
            signal,
            onListen: (at) => void process.stderr.write(`${box.tools.length} tools at http://${args.host}:${at}/mcp\n`),
          });
      } finally {
        for (const one of held) await one.dispose();
      }
    });
  },
});
