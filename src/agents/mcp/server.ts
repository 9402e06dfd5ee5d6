// Our tools for other agents, over the Model Context Protocol: each session has its workspace; pictures come in as names, files, data or addresses.

import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { RgbImage, Sound } from '../../media/index.js';
import { SensoriumError } from '../../util/errors.js';
import { Budget, type BudgetOptions } from '../budget.js';
import { callTool, type Tool, type ToolValue } from '../tool.js';
import { type Item, Workspace } from '../workspace.js';
import { contentOf, MOST_ITEMS } from './content.js';

/** What a server is made of. */
export interface McpServerOptions {
  tools: readonly Tool[];
  version: string;
  /** Opens a picture that a client names by a path, a `data:` URL or an address. What it refuses is an error. */
  openImage(source: string, signal: AbortSignal): Promise<RgbImage>;
  /** The same for sounds. */
  openSound(source: string, signal: AbortSignal): Promise<Sound>;
  /** Bounds of one call; default 120 seconds and 100,000 characters. */
  budget?: BudgetOptions;
  /** Bytes that the workspace of a session may take; default 256 MiB. Before a call, what is oldest goes until half of it is free. */
  maxBytes?: number;
}

type ItemKind = Item['kind'];
type Schema = { properties?: Record<string, { description?: string; pattern?: string }> } & Record<string, unknown>;

const ITEM = /^name of an? (image|sound|mask)$/;
const NAME = /^[a-z][a-z0-9_]*$/;
const TAKES: Readonly<Record<ItemKind, string>> = {
  image:
    'an image: a file below the allowed folders, a data: URL, an address of an allowed host, or the name that an earlier result gave (image_1)',
  sound: 'a sound: a file below the allowed folders, a data: URL, or the name that an earlier result gave (sound_1)',
  mask: 'name that an earlier result gave to a mask (mask_1)',
};

/** The schema of a tool as clients are given it, and its arguments that name items. */
function published(tool: Tool): { schema: Schema; items: Map<string, ItemKind> } {
  const schema = z.toJSONSchema(tool.input, { io: 'input' }) as Schema;
  const items = new Map<string, ItemKind>();
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const kind = ITEM.exec(property.description ?? '')?.[1] as ItemKind | undefined;
    if (!kind) continue;
    items.set(key, kind);
    const { pattern: _, ...rest } = property;
    (schema.properties as Record<string, unknown>)[key] = { ...rest, description: TAKES[kind] };
  }
  delete schema.$schema;
  return { schema, items };
}

/** A server for one session. It is connected by its caller: `server.connect(transport)`. */
export function mcpServer(options: McpServerOptions): Server {
  const { tools, version, budget, maxBytes = 2 ** 28 } = options;
  const table = new Map(tools.map((tool) => [tool.name, { tool, ...published(tool) }]));
  const workspace = new Workspace(maxBytes);
  const server = new Server({ name: 'sensorium', version }, { capabilities: { tools: {} } });

  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [...table.values()].map(({ tool, schema }) => ({
      name: tool.name,
      description: tool.description,
      inputSchema: { ...schema, type: 'object' as const },
      annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
    })),
  }));

  // One call at a time: what a call makes is told by what is in the workspace after it.
  let turn: Promise<unknown> = Promise.resolve();
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) => {
    const mine = turn.then(() => answer(params, signal));
    turn = mine.catch(() => undefined); // reported to its own caller
    return mine;
  });

  const answer = async (params: { name: string; arguments?: Record<string, unknown> }, signal: AbortSignal): Promise<CallToolResult> => {
    signal.throwIfAborted();
    const row = table.get(params.name);
    if (!row)
      throw new McpError(
        ErrorCode.InvalidParams,
        `there is no tool ${JSON.stringify(params.name.slice(0, 100))}: there are ${[...table.keys()].join(', ')}`,
      );
    for (const name of workspace.names()) if (workspace.size > maxBytes / 2) workspace.remove(name);
    const before = new Set(workspace.names());
    try {
      const args: Record<string, unknown> = { ...params.arguments };
      for (const [key, kind] of row.items) args[key] = await opened(args[key], kind, signal);
      const given = new Set(workspace.names());
      const context = { workspace, budget: new Budget({ maxSeconds: 120, maxOutput: 100_000, ...budget, maxCalls: 1 }), signal };
      const value = await callTool(row.tool, args, context);
      const made = [...workspace.entries()].filter(([name]) => !given.has(name)).slice(0, MOST_ITEMS);
      const inputs = [...given].filter((name) => !before.has(name));
      const named = inputs.length > 0 && isRecord(value) ? { ...value, opened: inputs } : value;
      const blocks = await Promise.all(made.map(([, item]) => contentOf(item)));
      return {
        content: [{ type: 'text', text: JSON.stringify(named) }, ...blocks],
        ...(isRecord(named) ? { structuredContent: named as Record<string, unknown> } : {}),
      };
    } catch (error) {
      if (!(error instanceof SensoriumError) && !(error instanceof Error)) throw error;
      const text = error instanceof SensoriumError ? `${error.code}: ${error.message}` : `agent.tool: ${error.message}`;
      return { isError: true, content: [{ type: 'text', text: text.slice(0, 2000) }] };
    }
  };

  /** The name of what an argument names: as it is, or of what was opened for it. */
  const opened = async (value: unknown, kind: ItemKind, signal: AbortSignal): Promise<unknown> => {
    if (typeof value !== 'string' || kind === 'mask' || (NAME.test(value) && workspace.names(kind).includes(value))) return value;
    if (kind === 'image') return workspace.put('image', await options.openImage(value, signal), value.slice(0, 200));
    const { samples, sampleRate } = await options.openSound(value, signal);
    return workspace.put('sound', { samples, rate: sampleRate }, value.slice(0, 200));
  };
  return server;
}

const isRecord = (value: ToolValue): value is { readonly [key: string]: ToolValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
