// Calls of tools as a constraint: the form that Hermes and Qwen write, with arguments that satisfy the tool's schema.
import { literal } from './json-text.js';
import { alt, seq, star, text } from './node.js';
import { compileSchemas } from './schema.js';
const NO_ARGUMENTS = { type: 'object', properties: {}, additionalProperties: false };
/**
 * `<tool_call>`, a line with `{"name": …, "arguments": …}`, `</tool_call>`: once, or also again on the next line; or, where a `reply` is given, a value
 * that satisfies it. Throws as `compileSchema` does, with the tool's name before the pointer.
 */
export function compileCalls(tools, o = {}) {
    const { several = false, reply, ...options } = o;
    const frame = (values) => {
        const each = tools.map(({ name }, i) => seq(text('{"name": '), literal(name), text(', "arguments": '), values[i], text('}\n</tool_call>')));
        const call = seq(text('<tool_call>\n'), alt(...each));
        const calls = several ? seq(call, star(seq(text('\n'), call))) : call;
        return reply === undefined ? calls : alt(calls, values[tools.length]);
    };
    const schemas = tools.map(({ name, schema = NO_ARGUMENTS }) => ({ schema, at: `${name}#` }));
    return compileSchemas(reply === undefined ? schemas : [...schemas, { schema: reply, at: '#' }], frame, options);
}
/** The form of a reply that is nothing but calls: of any of the tools, or of the one that is named. Arguments satisfy the tool's schema. */
export function callsFormat(tools, choice, single) {
    const named = typeof choice === 'object';
    return {
        type: 'tool_calls',
        tools: tools
            .filter(({ function: f }) => !named || f.name === choice.name)
            .map(({ function: { name, parameters } }) => (parameters ? { name, schema: { type: 'object', ...parameters } } : { name })),
        several: !named && !single,
    };
}
//# sourceMappingURL=calls.js.map