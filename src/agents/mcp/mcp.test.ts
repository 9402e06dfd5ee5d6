// MCP both ways with the SDK's own client and server, and servers that misbehave.

import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeImage, decodeWav, encodePng, encodeWav } from '../../media/index.js';
import { Budget, callTool, Equipment, toolDefinition, Workspace } from '../index.js';
import { toolbox } from '../tools/index.js';
import { connectMcp, fileWithin, mcpServer, splitCommand } from './index.js';

const dir = await mkdtemp(join(tmpdir(), 'mcp-'));
afterAll(() => rm(dir, { recursive: true }));
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const image = { width: 6, height: 4, data: Uint8Array.from({ length: 72 }, (_, i) => i * 3) };
const dataUrl = `data:image/png;base64,${Buffer.from(await encodePng(image)).toString('base64')}`;
const fish = { labels: ['fish'], detect: async () => [{ label: 'fish', score: 0.9, box: [1, 1, 3, 3] as const }] };

describe('our server with the client of the SDK', () => {
  const start = async () => {
    const box = toolbox({ equipment: new Equipment({ detectors: [{ name: 'fake', detector: fish }] }) });
    const server = mcpServer({
      tools: box.tools,
      version: '1',
      openImage: async (source, signal) => decodeImage(source.startsWith('data:') ? source : await fileWithin(source, [dir]), {}, signal),
      openSound: () => Promise.reject(new Error('no sounds here')),
    });
    const client = new Client({ name: 'test', version: '1' });
    const [a, b] = InMemoryTransport.createLinkedPair();
    await Promise.all([server.connect(a), client.connect(b)]);
    open.push(client);
    return client;
  };
  const call = async (client: Client, name: string, args: Record<string, unknown>) =>
    (await client.callTool({ name, arguments: args })) as CallToolResult;

  it('lists the tools with schemas that take files and data', async () => {
    const { tools } = await (await start()).listTools();
    const detect = tools.find(({ name }) => name === 'detect');
    expect(detect?.inputSchema).toMatchObject({ type: 'object', required: ['image'], properties: { image: { type: 'string' } } });
    expect(detect?.inputSchema.properties?.image).not.toHaveProperty('pattern');
    expect(detect?.annotations).toMatchObject({ readOnlyHint: true });
  });

  it('opens what is named and gives pictures back', async () => {
    const client = await start();
    const found = await call(client, 'detect', { image: dataUrl });
    expect(found.structuredContent).toMatchObject({ objects: [{ label: 'fish', box: [1, 1, 3, 3] }], opened: ['image_1'] });
    const cropped = await call(client, 'crop', { image: 'image_1', box: [1, 1, 3, 3] });
    const [text, picture] = cropped.content;
    expect(JSON.parse((text as { text: string }).text)).toMatchObject({ image: 'image_2', width: 2, height: 2 });
    const back = await decodeImage(Buffer.from((picture as { data: string }).data, 'base64'));
    expect([...back.data.subarray(0, 3)]).toEqual([...image.data.subarray((6 + 1) * 3, (6 + 1) * 3 + 3)]);
    const segmented = await call(client, 'segment', { image: 'image_1', label: 'fish' });
    expect(segmented.content[1]).toMatchObject({ type: 'image', mimeType: 'image/png' });
  });

  it('reads files below its folders and nothing else', async () => {
    await writeFile(join(dir, 'ok.png'), await encodePng(image));
    await symlink('/etc/hostname', join(dir, 'link.png'));
    const client = await start();
    expect((await call(client, 'enlarge', { image: 'ok.png', factor: 2 })).structuredContent).toMatchObject({ width: 12 });
    for (const path of ['/etc/passwd', '../../etc/passwd', 'link.png', 'none.png', 'file:///etc/passwd', 'ok.png\0'])
      expect(await call(client, 'enlarge', { image: path, factor: 2 })).toMatchObject({ isError: true });
  });

  it('reports wrong calls as errors of the tool or of the protocol', async () => {
    const client = await start();
    const wrong = await call(client, 'crop', { image: dataUrl, box: [0, 0, 'x', 1] });
    expect(wrong.isError).toBe(true);
    expect((wrong.content[0] as { text: string }).text).toMatch(/^agent\.argument/);
    expect(await call(client, 'detect', { image: 'data:image/png;base64,xx' })).toMatchObject({ isError: true });
    expect(await call(client, 'calculator', { expression: 'process.exit(1)' })).toMatchObject({ isError: true });
    await expect(call(client, 'delete_everything', {})).rejects.toMatchObject({ code: -32602 });
  });
});

describe('our client with a server of the SDK', () => {
  const start = async (make: (server: McpServer) => void, more = {}) => {
    const server = new McpServer({ name: 'other', version: '1' });
    make(server);
    const [a, b] = InMemoryTransport.createLinkedPair();
    await server.connect(a);
    open.push(server);
    const mcp = await connectMcp({ command: ['other'], transport: b, ...more });
    open.push({ close: () => mcp.dispose() });
    return mcp;
  };
  const context = (limits = {}) => ({ workspace: new Workspace(), budget: new Budget(limits) });

  it('makes tools of its tools, with their schemas', async () => {
    const { tools, name } = await start((server) =>
      server.registerTool('add', { description: 'Adds  two\nnumbers.', inputSchema: { a: z.number(), b: z.number() } }, ({ a, b }) => ({
        content: [{ type: 'text', text: String(a + b) }],
      })),
    );
    expect(name).toBe('other');
    const [add] = tools as [(typeof tools)[number]];
    expect(add).toMatchObject({ name: 'add', description: 'Adds two numbers.', acts: true });
    expect(toolDefinition(add).function.parameters).toMatchObject({ required: ['a', 'b'] });
    expect(await callTool(add, { a: 1, b: 2 }, context())).toEqual({ text: '3' });
    await expect(callTool(add, { a: 1 }, context())).rejects.toMatchObject({ code: 'agent.argument' });
  });

  it('takes pictures and sounds into the workspace and sends ours out', async () => {
    const { tools } = await start((server) =>
      server.registerTool('echo', { description: 'Gives back.', inputSchema: { picture: z.string() } }, ({ picture }) => ({
        content: [
          { type: 'image', data: picture.replace(/^.*,/, ''), mimeType: 'image/png' },
          {
            type: 'audio',
            data: Buffer.from(encodeWav({ samples: Float32Array.of(0, 0.5, -1), sampleRate: 8000 })).toString('base64'),
            mimeType: 'audio/wav',
          },
          { type: 'resource_link', uri: 'file:///etc/passwd', name: 'x' },
        ],
      })),
    );
    const own = context();
    own.workspace.put('image', image, 'test');
    const out = await callTool(tools[0] as (typeof tools)[number], { picture: '<image_1>' }, own);
    expect(out).toEqual({ text: 'file:///etc/passwd', images: ['image_2'], sounds: ['sound_1'] });
    expect(own.workspace.get('image', 'image_2').data).toEqual(image.data);
    expect([...own.workspace.get('sound', 'sound_1').samples]).toEqual([0, expect.closeTo(0.5, 3), expect.closeTo(-1, 3)]);
  });

  it('turns errors, floods and silence into errors of the tool', async () => {
    const { tools } = await start((server) => {
      server.registerTool('fails', {}, () => ({ isError: true, content: [{ type: 'text', text: 'no' }] }));
      server.registerTool('floods', {}, () => ({ content: [{ type: 'text', text: 'x'.repeat(1e6) }] }));
      server.registerTool('never', {}, () => new Promise(() => undefined));
      server.registerTool('bomb', {}, () => ({ content: [{ type: 'image', data: 'A'.repeat(20e6), mimeType: 'image/png' }] }));
      server.registerTool('many', {}, () => ({
        content: Array.from({ length: 40 }, () => ({ type: 'image' as const, data: dataUrl.replace(/^.*,/, ''), mimeType: 'image/png' })),
      }));
    });
    for (const tool of tools)
      await expect(callTool(tool, {}, context({ maxSeconds: 3 })), tool.name).rejects.toMatchObject({ code: 'agent.tool' });
  });

  it('tells the server of the folders that it was given, and only those', async () => {
    let roots: unknown;
    const { tools } = await start(
      (server) =>
        server.registerTool('roots', {}, async () => {
          roots = (await server.server.listRoots()).roots;
          return { content: [{ type: 'text', text: 'ok' }] };
        }),
      { roots: [dir] },
    );
    await callTool(tools[0] as (typeof tools)[number], {}, context());
    expect(roots).toEqual([{ uri: `file://${dir}` }]);
  });
});

describe('programs that are no servers', () => {
  const program = (code: string) => connectMcp({ command: [process.execPath, '-e', code], timeout: 3000 });
  it.each([
    ['ends at once', 'process.exit(0)'],
    ['writes something else', 'console.log("hello"); process.stdin.on("end", () => process.exit()); process.stdin.resume()'],
    ['floods', 'for (let i = 0; i < 100; i++) process.stdout.write("x".repeat(1e6)); process.stdin.resume()'],
  ])('one that %s is an error', async (_, code) => {
    await expect(program(code)).rejects.toMatchObject({ code: 'agent.tool' });
  });
  it('one that is not there is an error', async () => {
    await expect(connectMcp({ command: ['/none/such'] })).rejects.toMatchObject({ code: 'agent.tool' });
  });
  it('command lines are split without a shell', () => {
    expect(splitCommand(`npx -y "my server" 'a b' $HOME;ls`)).toEqual(['npx', '-y', 'my server', 'a b', '$HOME;ls']);
    expect(() => splitCommand('  ')).toThrow(expect.objectContaining({ code: 'agent.argument' }));
  });
});

it('sounds are WAV files', () => {
  const { samples, sampleRate } = decodeWav(encodeWav({ samples: Float32Array.of(0, 1, -1), sampleRate: 16_000 }));
  expect(sampleRate).toBe(16_000);
  expect([...samples]).toEqual([0, expect.closeTo(1, 3), expect.closeTo(-1, 3)]);
});

it('a session that runs long forgets what is oldest, and calls at once keep apart', async () => {
  const { tools } = toolbox({ equipment: new Equipment({}) });
  const server = mcpServer({
    tools,
    version: '1',
    maxBytes: 1000,
    openImage: (source) => decodeImage(source),
    openSound: () => Promise.reject(new Error('none')),
  });
  const client = new Client({ name: 'test', version: '1' });
  const [a, b] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(a), client.connect(b)]);
  open.push(client);
  const enlarged = await Promise.all(
    Array.from(
      { length: 12 },
      () => client.callTool({ name: 'rotate', arguments: { image: dataUrl, degrees: 90 } }) as Promise<CallToolResult>,
    ),
  );
  expect(enlarged.map(({ structuredContent }) => structuredContent)).toEqual(
    enlarged.map((_, i) => ({ image: `image_${2 * i + 2}`, width: 4, height: 6, opened: [`image_${2 * i + 1}`] })),
  );
  expect(await client.callTool({ name: 'rotate', arguments: { image: 'image_1', degrees: 90 } })).toMatchObject({ isError: true });
});
