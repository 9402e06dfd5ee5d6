// Tools: checked arguments, bounded results, budgets that hold.

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Budget, callTool, defineTool, type ToolContext, toolDefinition, Workspace } from './index.js';

const context = (options = {}): ToolContext => ({ workspace: new Workspace(), budget: new Budget(options) });
const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  input: z.object({ a: z.number(), b: z.number() }),
  run: ({ a, b }) => a + b,
});
const giving = (value: unknown) => defineTool({ name: 'give', description: 'Gives.', input: z.object({}), run: () => value as never });

describe('tools', () => {
  it('are called with checked arguments', async () => {
    expect(await callTool(add, { a: 1, b: 2 }, context())).toBe(3);
    await expect(callTool(add, { a: 1, b: 'two' }, context())).rejects.toMatchObject({ code: 'agent.argument', place: 'b' });
    expect(toolDefinition(add).function.parameters).toMatchObject({ type: 'object', required: ['a', 'b'] });
  });

  it('give back bounded JSON and nothing else', async () => {
    await expect(callTool(giving('x'.repeat(50)), {}, context({ maxOutput: 40 }))).rejects.toMatchObject({ code: 'agent.tool' });
    for (const value of [undefined, Number.NaN, new Map(), () => 0]) {
      await expect(callTool(giving(value), {}, context())).rejects.toMatchObject({ code: 'agent.tool' });
    }
    let deep: unknown = 0;
    for (let i = 0; i < 100; i++) deep = [deep];
    await expect(callTool(giving(deep), {}, context())).rejects.toMatchObject({ code: 'agent.tool' });
  });

  it('end at the budget, also when they never return', async () => {
    let clock = 0;
    const bounds = context({ maxCalls: 2, maxSeconds: 1, now: () => clock });
    await callTool(add, { a: 0, b: 0 }, bounds);
    await callTool(add, { a: 0, b: 0 }, bounds);
    await expect(callTool(add, { a: 0, b: 0 }, bounds)).rejects.toMatchObject({ code: 'agent.budget', place: 'calls' });
    clock = 2000;
    await expect(callTool(add, { a: 0, b: 0 }, bounds)).rejects.toMatchObject({ code: 'agent.budget', place: 'seconds' });
    const forever = defineTool({
      name: 'wait',
      description: 'Waits.',
      input: z.object({}),
      run: () => new Promise<never>(() => undefined),
    });
    await expect(callTool(forever, {}, context({ maxSeconds: 0.02 }))).rejects.toMatchObject({ code: 'agent.tool', place: 'wait' });
  });

  it('find pictures by name and kind', () => {
    const workspace = new Workspace(100);
    const name = workspace.put('image', { width: 2, height: 2, data: new Uint8Array(12) } as never, 'a.png');
    expect(name).toBe('image_1');
    expect(workspace.get('image', name).width).toBe(2);
    expect(() => workspace.get('sound', name)).toThrowError(expect.objectContaining({ code: 'agent.argument' }));
    expect(() => workspace.put('image', { width: 9, height: 9, data: new Uint8Array(243) } as never, 'b.png')).toThrowError(
      expect.objectContaining({ code: 'agent.budget' }),
    );
  });
});
