// Attacks with JSON: texts that cost a parser much, schemas and patterns that cost a compiler much, tools by the hundred.
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { CHAT, chats, post, requests } from './attack.js';
const schema = (name, make, n = 1) => ({
    name,
    prepare: async (t) => {
        const format = { type: 'json_schema', json_schema: { name: 'x', schema: make() } };
        const body = JSON.stringify({ model: t.model, max_tokens: 4, messages: [{ role: 'user', content: 'x' }], response_format: format });
        return () => Promise.all(Array.from({ length: n }, () => post(t, CHAT, body)));
    },
});
const pattern = (source, n = 1) => schema(`pattern ${source.slice(0, 40)}${n > 1 ? ` x ${n}` : ''}`, () => ({ type: 'string', pattern: source }), n);
const raw = (name, body, headers = {}) => ({
    name,
    prepare: async (t) => {
        const bytes = body();
        return async () => [await post(t, CHAT, bytes, headers)];
    },
});
const nested = (depth) => (depth === 0 ? { type: 'null' } : { type: 'array', items: nested(depth - 1) });
/** Definitions that each name the next one twice. */
const tower = (n) => ({
    $ref: '#/$defs/a0',
    $defs: Object.fromEntries(Array.from({ length: n }, (_, i) => [
        `a${i}`,
        i === n - 1
            ? { type: 'boolean' }
            : {
                type: 'object',
                properties: { l: { $ref: `#/$defs/a${i + 1}` }, r: { $ref: `#/$defs/a${i + 1}` } },
                required: ['l', 'r'],
                additionalProperties: false,
            },
    ])),
});
/** Tools whose parameters are of one schema. */
const tools = (name, count, parameters, choice, n = 1) => requests(name, CHAT, (t) => ({
    model: t.model,
    max_tokens: 4,
    messages: [{ role: 'user', content: 'x' }],
    tools: Array.from({ length: count }, (_, i) => ({
        type: 'function',
        function: { name: `f${i}`, description: 'Does it.', parameters: parameters(i) },
    })),
    tool_choice: choice,
}), { n });
const properties = (count) => ({
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, { type: 'integer' }])),
});
/** All of them. */
export const SCHEMA_ATTACKS = [
    raw('18 MB of [', () => '['.repeat(18e6)),
    raw('18 MB of short keys', () => `{${Array.from({ length: 2e6 }, (_, i) => `"${i}":1`).join(',')}}`),
    raw('180,000 short keys', () => `{"model":"tiny","metadata":{${Array.from({ length: 180_000 }, (_, i) => `"${i}":1`).join(',')}}}`),
    raw('18 MB of numbers', () => `{"model":"x","messages":[${'1,'.repeat(9e6)}1]}`),
    raw('180,000 numbers of 90 digits', () => `{"model":"x","metadata":{"a":[${new Array(180_000).fill('1234567890'.repeat(9)).join(',')}]}}`),
    raw('18 MB of escaped quotes in a string', () => `{"model":"${'\\"'.repeat(9e6)}"}`),
    raw('18 MB of escaped characters in a string', () => `{"model":"${'\\u00e9'.repeat(3e6)}"}`),
    raw('18 MB of open strings', () => '"\\'.repeat(9e6)),
    raw('18 MB of white space', () => `{${' '.repeat(18e6)}"model":"x"}`),
    raw('18 MB of bytes that are no text', () => Buffer.alloc(18e6, 0xff)),
    raw('gzip: 20 MB packed into 20 kB', () => gzipSync(`{"model":"${'x'.repeat(20e6)}"}`), { 'content-encoding': 'gzip' }),
    raw('gzip: 1 GB packed into 1 MB', () => gzipSync(Buffer.alloc(2 ** 30)), { 'content-encoding': 'gzip' }),
    raw('brotli: 1 GB packed into 1 kB', () => brotliCompressSync(Buffer.alloc(2 ** 30)), { 'content-encoding': 'br' }),
    {
        name: 'gzip: 19 MB packed into 20 kB x 60',
        prepare: async (t) => {
            const bytes = gzipSync(`{"model":"${'x'.repeat(19e6)}"}`);
            return () => Promise.all(Array.from({ length: 60 }, () => post(t, CHAT, bytes, { 'content-encoding': 'gzip' })));
        },
    },
    pattern('^(a?b?){9999}$'),
    pattern('^(a?b?){9999}$', 12),
    pattern('^((a{1,50}){1,50}){1,50}$'),
    pattern('^(.*a){20}$'),
    pattern('^(.*a){20}$', 12),
    pattern('^(a|b)*a(a|b){14}$'),
    pattern('^[\\s\\S]{1,100000}$'),
    pattern('^\\p{L}{1,9999}$'),
    pattern('^(?=.*a)(?=.*b)(?=.*c)(?=.*d).{8,}$'),
    pattern(`^(${Array.from({ length: 2000 }, (_, i) => `w${i}`).join('|')})*$`),
    pattern(`^(${'('.repeat(5000)}a${')'.repeat(5000)})$`),
    schema('schema of 30 levels', () => nested(30)),
    schema('schema: a tower of 60 references', () => tower(60)),
    schema('schema: a tower of 600 references', () => tower(600)),
    schema('schema: itself', () => ({ $ref: '#' })),
    schema('schema: 300 properties', () => properties(300)),
    schema('schema: 3,000 properties', () => properties(3000)),
    schema('schema: 5,000 values', () => ({ enum: Array.from({ length: 5000 }, (_, i) => `value ${i}`) })),
    schema('schema: unions of unions', () => ({
        anyOf: Array.from({ length: 20 }, (_, i) => ({ anyOf: Array.from({ length: 20 }, (_, j) => ({ const: `${i} ${j}` })) })),
    })),
    schema('schema: all of 200 objects', () => ({
        allOf: Array.from({ length: 200 }, (_, i) => ({ type: 'object', properties: { [`p${i}`]: { type: 'string' } } })),
    })),
    schema('schema: numbers from -1e15 to 1e15, a multiple of 7', () => ({ type: 'integer', minimum: -1e15, maximum: 1e15, multipleOf: 7 })),
    schema('schema: lists of lists of up to 99', () => ({
        type: 'array',
        maxItems: 99,
        items: { type: 'array', maxItems: 99, items: { type: 'array', maxItems: 99, items: { type: 'string', maxLength: 99 } } },
    })),
    {
        name: 'schemas, 40 different ones near the bound',
        prepare: async (t) => {
            const bodies = Array.from({ length: 40 }, (_, i) => JSON.stringify({
                model: t.model,
                max_tokens: 2,
                messages: [{ role: 'user', content: 'x' }],
                response_format: {
                    type: 'json_schema',
                    json_schema: { name: 'x', schema: { type: 'string', pattern: `^(a|b)*a(a|b){11}c{${i + 1}}$` } },
                },
            }));
            return () => Promise.all(bodies.map((body) => post(t, CHAT, body)));
        },
    },
    tools('128 tools of 30 parameters, required', 128, () => properties(30), 'required'),
    tools('128 tools with patterns, required', 128, (i) => ({ type: 'object', properties: { a: { type: 'string', pattern: `^(a?b?){${50 + i}}$` } } }), 'required'),
    tools('128 tools of 100 parameters, auto, x 8', 128, () => properties(100), 'auto', 8),
    tools('128 tools of deep parameters', 128, () => ({ type: 'object', properties: { a: nested(20) } }), 'auto'),
    tools('300 tools', 300, () => properties(1), 'auto'),
    chats('json_object x 12', () => 'x', { n: 12, more: { response_format: { type: 'json_object' }, max_tokens: 50 } }),
];
//# sourceMappingURL=schema-attacks.js.map