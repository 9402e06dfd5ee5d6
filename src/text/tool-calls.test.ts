// Calls in a reply are found however the text is cut, and what is no call stays text.

import { describe, expect, it } from 'vitest';
import { forTemplate, type ReadText, ToolCallReader } from './tool-calls.js';

const CALL = '<tool_call>\n{"name": "crop", "arguments": {"box": [0, 0.5]}}\n</tool_call>';

function readAll(pieces: Iterable<string>): ReadText {
  const reader = new ToolCallReader();
  const out: ReadText = { text: '', calls: [] };
  const take = ({ text, calls }: ReadText): void => {
    out.text += text;
    out.calls.push(...calls);
  };
  for (const piece of pieces) take(reader.push(piece));
  take(reader.end());
  return out;
}

describe('tool calls', () => {
  it('are found wherever the text is cut', () => {
    const text = `Let me look.${CALL}${CALL} Done <`;
    const calls = [1, 2].map(() => ({ name: 'crop', arguments: '{"box":[0,0.5]}' }));
    for (let n = 1; n <= text.length; n++)
      expect(readAll(text.match(new RegExp(`[\\s\\S]{1,${n}}`, 'g')) ?? [])).toEqual({ text: 'Let me look. Done <', calls });
  });

  it('may lack arguments, bring them as text, or be cut at the end', () => {
    expect(readAll(['<tool_call>{"name":"a"}</tool_call>']).calls).toEqual([{ name: 'a', arguments: '{}' }]);
    expect(readAll(['<tool_call>{"name":"a","arguments":"{\\"x\\":1}"}</tool_call>']).calls).toEqual([{ name: 'a', arguments: '{"x":1}' }]);
    expect(readAll(['<tool_call>{"name":"a"}']).calls).toEqual([{ name: 'a', arguments: '{}' }]);
  });

  it('that are none stay text', () => {
    for (const text of ['<tool_call>{"name":</tool_call>', '<tool_call>{"name": "a', '<tool_call>[1]</tool_call> x', '<tool_', 'a < b'])
      expect(readAll(text), text).toEqual({ text, calls: [] });
  });

  it('of earlier turns are given to templates as objects', () => {
    const message = (args: string) => ({
      role: 'assistant' as const,
      content: null,
      tool_calls: [{ function: { name: 'a', arguments: args } }],
    });
    expect(forTemplate(message('{"x":1}')).tool_calls).toEqual([{ function: { name: 'a', arguments: { x: 1 } } }]);
    expect(forTemplate(message('{')).tool_calls).toEqual([{ function: { name: 'a', arguments: '{' } }]);
    expect(forTemplate({ role: 'user', content: 'x' })).toEqual({ role: 'user', content: 'x' });
  });
});
