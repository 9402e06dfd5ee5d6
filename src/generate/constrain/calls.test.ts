// Calls of tools drawn from the masks: the form to the letter, a known name, arguments that satisfy the schema of that tool and no other.

import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../util/rng.js';
import { type CallableTool, compileCalls } from './calls.js';
import { constraintOver, drawReply, textOf } from './testing.js';

const ajv = new Ajv2020({ strict: false });
const point = { type: 'object', properties: { x: { type: 'integer' } }, required: ['x'], additionalProperties: false };
/** Both refer to `#/$defs/at`, each to its own. */
const TOOLS: readonly CallableTool[] = [
  { name: 'crop', schema: { type: 'object', properties: { at: { $ref: '#/$defs/at' } }, required: ['at'], $defs: { at: point } } },
  {
    name: 'say',
    schema: { type: 'object', properties: { at: { $ref: '#/$defs/at' } }, required: ['at'], $defs: { at: { type: 'string' } } },
  },
  { name: 'stop' },
];
const CALL = /^<tool_call>\n\{"name": ("[^"]+"), "arguments": (.*)\}\n<\/tool_call>$/;
const allows = (tools: readonly CallableTool[], text: string, several = false): boolean =>
  constraintOver(compileCalls(tools, { several })).follow(new TextEncoder().encode(text))?.ends ?? false;
const call = (name: string, args: string): string => `<tool_call>\n{"name": "${name}", "arguments": ${args}}\n</tool_call>`;

describe('calls', () => {
  it('that are drawn name a tool and satisfy its schema', () => {
    const constraint = constraintOver(compileCalls(TOOLS));
    const rng = new Rng(3);
    const named = new Map<string, number>();
    for (let i = 0; i < 60; i++) {
      const ids = drawReply(constraint, rng);
      if (!ids) continue; // chance has not found the end
      const [, name, args] = CALL.exec(textOf(constraint, ids)) as RegExpExecArray;
      const tool = TOOLS.find((t) => t.name === JSON.parse(name as string)) as CallableTool;
      const schema = tool.schema ?? { type: 'object', maxProperties: 0 };
      expect(ajv.validate(schema, JSON.parse(args as string)), `${name} ${args}`).toBe(true);
      named.set(tool.name, (named.get(tool.name) ?? 0) + 1);
    }
    expect([...named.keys()].sort()).toEqual(['crop', 'say', 'stop']);
  });

  it('hold what a schema allows, each tool its own', () => {
    expect(allows(TOOLS, call('crop', '{"at":{"x":5}}'))).toBe(true);
    expect(allows(TOOLS, call('say', '{"at":"</tool_call>"}'))).toBe(true);
    expect(allows(TOOLS, call('crop', '{"at":"here"}'))).toBe(false);
    expect(allows(TOOLS, call('say', '{"at":{"x":5}}'))).toBe(false);
    expect(allows(TOOLS, call('stop', '{}'))).toBe(true);
    expect(allows(TOOLS, call('stop', '{"a":1}'))).toBe(false);
    expect(allows(TOOLS, call('jump', '{}'))).toBe(false);
    expect(allows(TOOLS, `I see. ${call('stop', '{}')}`)).toBe(false);
    expect(allows(TOOLS, '')).toBe(false);
  });

  it('come once, or also again', () => {
    const two = `${call('stop', '{}')}\n${call('crop', '{"at":{"x":-1}}')}`;
    expect(allows(TOOLS, two)).toBe(false);
    expect(allows(TOOLS, two, true)).toBe(true);
    expect(allows(TOOLS, call('stop', '{}'), true)).toBe(true);
    expect(allows(TOOLS, '', true)).toBe(false);
  });

  it('may be left out where a reply has a form of its own', () => {
    const reply = { type: 'object', properties: { dog: { type: 'boolean' } }, required: ['dog'], additionalProperties: false };
    const constraint = constraintOver(compileCalls(TOOLS, { several: true, reply }));
    const ends = (text: string): boolean => constraint.follow(new TextEncoder().encode(text))?.ends ?? false;
    expect(ends('{"dog":true}')).toBe(true);
    expect(ends(call('stop', '{}'))).toBe(true);
    expect(ends(`${call('stop', '{}')}\n${call('say', '{"at":"x"}')}`)).toBe(true);
    for (const wrong of [
      '{"dog":1}',
      '',
      `{"dog":true}${call('stop', '{}')}`,
      call('jump', '{}'),
      '<tool_call>\n{"dog":true}\n</tool_call>',
    ])
      expect(ends(wrong)).toBe(false);
  });

  it('of schemas that cannot be promised are refused with the tool and the place', () => {
    const wrong = { type: 'object', properties: { a: { $ref: '#/nowhere' } }, required: ['a'] };
    expect(() => compileCalls([{ name: 'stop' }, { name: 'crop', schema: wrong }])).toThrow(/crop#\/properties\/a/);
  });
});
