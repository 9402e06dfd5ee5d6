// Calls of tools as a constraint: the form that Hermes and Qwen write, with arguments that satisfy the tool's schema.

import type { ToolDefinition } from '../../text/tool-calls.js';
import type { ResponseFormat } from './format.js';
import type { Grammar } from './grammar.js';
import { literal } from './json-text.js';
import { alt, type Node, seq, star, text } from './node.js';
import { compileSchemas, type JsonSchema, type SchemaOptions } from './schema.js';

/** A function that may be called. */
export interface CallableTool {
  name: string;
  /** Of its arguments, which are an object. Default: no arguments. */
  schema?: JsonSchema;
}

/** How a reply with calls is formed. */
export interface CallsOptions {
  /** Default false. */
  several?: boolean;
  /** What may be written instead of calls. Default: nothing. */
  reply?: JsonSchema;
}

const NO_ARGUMENTS: JsonSchema = { type: 'object', properties: {}, additionalProperties: false };

/**
 * `<tool_call>`, a line with `{"name": …, "arguments": …}`, `</tool_call>`: once, or also again on the next line; or, where a `reply` is given, a value
 * that satisfies it. Throws as `compileSchema` does, with the tool's name before the pointer.
 */
export function compileCalls(tools: readonly CallableTool[], o: SchemaOptions & CallsOptions = {}): Grammar {
  const { several = false, reply, ...options } = o;
  const frame = (values: readonly Node[]): Node => {
    const each = tools.map(({ name }, i) =>
      seq(text('{"name": '), literal(name), text(', "arguments": '), values[i] as Node, text('}\n</tool_call>')),
    );
    const call = seq(text('<tool_call>\n'), alt(...each));
    const calls = several ? seq(call, star(seq(text('\n'), call))) : call;
    return reply === undefined ? calls : alt(calls, values[tools.length] as Node);
  };
  const schemas = tools.map(({ name, schema = NO_ARGUMENTS }) => ({ schema, at: `${name}#` }));
  return compileSchemas(reply === undefined ? schemas : [...schemas, { schema: reply, at: '#' }], frame, options);
}

/** The form of a reply that is nothing but calls: of any of the tools, or of the one that is named. Arguments satisfy the tool's schema. */
export function callsFormat(
  tools: readonly ToolDefinition[],
  choice: 'required' | { name: string },
  single: boolean,
): Extract<ResponseFormat, { type: 'tool_calls' }> {
  const named = typeof choice === 'object';
  return {
    type: 'tool_calls',
    tools: tools
      .filter(({ function: f }) => !named || f.name === choice.name)
      .map(({ function: { name, parameters } }) => (parameters ? { name, schema: { type: 'object', ...parameters } } : { name })),
    several: !named && !single,
  };
}
