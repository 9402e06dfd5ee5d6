// Tools of other servers for our agents, over the Model Context Protocol: a program is started, its tools become ours, what it gives back is bounded.

import { pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type CallToolResult, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import { packageVersion } from '../../util/package.js';
import type { Tool, ToolContext, ToolValue } from '../tool.js';
import { pngOf, readContent } from './content.js';

/** A server that is to be used. */
export interface McpClientOptions {
  /** The program with its arguments; it is not given to a shell. */
  command: readonly string[];
  /** Its environment has PATH, HOME and the like, and these. */
  env?: Record<string, string>;
  cwd?: string;
  /** Folders that the server is told it may use; none is the default. What it does is its own affair: run it in a sandbox where that matters. */
  roots?: readonly string[];
  /** Only these of its tools. */
  only?: readonly string[];
  /** Milliseconds for the start and for the list of tools; default 30,000. */
  timeout?: number;
  signal?: AbortSignal;
  /** In place of a program: tests, sockets. */
  transport?: Transport;
}

/** Another server's tools. */
export interface McpTools {
  name: string;
  tools: Tool[];
  dispose(): Promise<void>;
}

const MOST_TOOLS = 128;
const MOST_PAGES = 16;
/** Characters of a description, and of a schema as JSON. */
const DESCRIPTION = 1000;
const SCHEMA = 20_000;

/** A command line as a program and its arguments: split at spaces, with quotes around what has some. */
export function splitCommand(text: string): string[] {
  const words = [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? (plain as string));
  if (words.length === 0)
    throw new SensoriumError('agent.argument', 'there is no program to start', { place: 'mcp', expected: '"command args"' });
  return words;
}

/**
 * Starts a server and makes tools of its tools. `<image_1>` in an argument goes out as a data: URL of that picture; pictures and sounds that come back
 * go into the workspace. They count as tools that act, since nobody here knows what they do. Errors: `agent.tool` for a server that does not start,
 * answers with what is not the protocol, or takes too long.
 */
export async function connectMcp(options: McpClientOptions): Promise<McpTools> {
  const { command, env, cwd, roots = [], only, timeout = 30_000, signal } = options;
  const [program = '', ...args] = command;
  const transport = options.transport ?? new StdioClientTransport({ command: program, args, env, cwd, stderr: 'ignore' });
  const client = new Client({ name: 'sensorium', version: packageVersion() }, { capabilities: { roots: { listChanged: false } } });
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: roots.map((root) => ({ uri: pathToFileURL(root).href })) }));
  const fail = (error: unknown): SensoriumError =>
    new SensoriumError('agent.tool', 'this server of tools cannot be used', {
      place: command.join(' ').slice(0, 200),
      expected: 'a program that speaks the Model Context Protocol over its standard input and output',
      got: (error instanceof Error ? error.message : String(error)).slice(0, 300),
      cause: error,
    });
  try {
    await client.connect(transport, { timeout, signal });
    const tools: Tool[] = [];
    const server = client.getServerVersion()?.name ?? program;
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const list = await client.listTools(cursor === undefined ? {} : { cursor }, { timeout, signal });
      for (const { name, description = '', inputSchema } of list.tools) {
        if (only && !only.includes(name)) continue;
        if (!/^[\w-]{1,64}$/.test(name)) throw new Error(`a tool has the name ${JSON.stringify(name.slice(0, 80))}`);
        if (tools.some((tool) => tool.name === name)) throw new Error(`two tools have the name ${name}`);
        if (tools.length >= MOST_TOOLS) throw new Error(`there are more than ${MOST_TOOLS} tools`);
        tools.push({
          name,
          description: description.replace(/\s+/g, ' ').slice(0, DESCRIPTION) || `A tool of ${server.slice(0, 60)}.`,
          input: inputOf(inputSchema),
          acts: true,
          run: (input, context) => call(client, { server, name, input }, context),
        });
      }
      cursor = list.nextCursor;
      if (cursor === undefined) return { name: server, tools, dispose: () => client.close() };
    }
    throw new Error(`its list of tools has more than ${MOST_PAGES} pages`);
  } catch (error) {
    await client.close();
    if (signal?.aborted) throw signal.reason;
    throw fail(error);
  }
}

/** The check of a tool's arguments; of a schema that is too large or that zod cannot take, only that they are an object: the server checks them itself. */
function inputOf(schema: Record<string, unknown>): z.ZodType {
  const any = z.record(z.string(), z.unknown());
  if (JSON.stringify(schema).length > SCHEMA) return any;
  try {
    return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  } catch {
    return any; // a keyword that zod does not know
  }
}

/** Arguments with pictures of the workspace in place of `<image_1>`. */
async function withPictures(value: unknown, { workspace }: ToolContext): Promise<unknown> {
  if (typeof value === 'string') {
    const name = /^<([a-z][a-z0-9_]*)>$/.exec(value)?.[1];
    if (name === undefined || !workspace.names('image').includes(name)) return value;
    return `data:image/png;base64,${await pngOf(workspace.get('image', name))}`;
  }
  const context = { workspace } as ToolContext;
  if (Array.isArray(value)) return Promise.all(value.map((one) => withPictures(one, context)));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await withPictures(one, context)] as const)),
    );
  return value;
}

async function call(
  client: Client,
  { server, name, input }: { server: string; name: string; input: unknown },
  context: ToolContext,
): Promise<ToolValue> {
  const { budget, workspace, signal } = context;
  const args = (await withPictures(input, context)) as Record<string, unknown>;
  const time = Math.max(1, Math.ceil(budget.leftMs));
  const result = (await client.callTool({ name, arguments: args }, undefined, {
    signal,
    timeout: time,
    maxTotalTimeout: time,
  })) as CallToolResult;
  const { text, images, sounds, left } = await readContent(result.content ?? [], workspace, {
    origin: `${name} of ${server}`.slice(0, 100),
    signal,
  });
  if (result.isError) throw new SensoriumError('agent.tool', 'the tool reports an error', { place: name, got: text.slice(0, 500) });
  return {
    text,
    ...(images.length > 0 ? { images } : {}),
    ...(sounds.length > 0 ? { sounds } : {}),
    ...(left.length > 0 ? { left } : {}),
  };
}
