// Attacks with texts and numbers: prompts of every kind that cost a tokenizer much, and parameters at their limits.
import { CHAT, chatBody, chats, post, requests, times } from './attack.js';
/** Pseudo-random numbers below 2^24. */
const scramble = (i) => (Math.imul(i + 1, 2654435761) >>> 8) & 0xffffff;
const letters = (n, make) => Array.from({ length: n }, (_, i) => make(i)).join('');
const latin = (i) => String.fromCharCode(97 + (scramble(i) % 26));
/** Any character of any plane, surrogates aside. */
const anywhere = (i) => {
    const code = scramble(i) % 0x10f800;
    return String.fromCodePoint(code < 0xd800 ? code : code + 0x800);
};
/** Texts by what is hard about them, of about so many characters. */
const KINDS = {
    words: (n) => 'the quick brown fox '.repeat(n / 20),
    'one letter': (n) => 'a'.repeat(n),
    'random letters': (n) => letters(n, latin),
    signs: (n) => '[('.repeat(n / 2),
    'white space': (n) => ' \n'.repeat(n / 2),
    'Chinese, random': (n) => letters(n, (i) => String.fromCharCode(0x4e00 + (scramble(i) % 20_000))),
    'Unicode, random': (n) => letters(n, anywhere),
    'combining marks': (n) => `e${'\u0301\u0327'.repeat(n / 2)}`,
    digits: (n) => letters(n, (i) => String(scramble(i) % 10)),
    'special tokens': (n) => '<|end|><|assistant|>'.repeat(n / 20),
};
/** A text of each kind, far too long, and one that the length alone does not refuse. */
const KIND_ATTACKS = Object.entries(KINDS).flatMap(([kind, make]) => [
    chats(`text of 1 MB: ${kind}`, () => make(1_000_000)),
    chats(`text of 32 kB x 8: ${kind}`, () => make(32_000), { n: 8 }),
]);
/** The same text in other places. */
const places = [
    requests('completions: text of 1 MB, one letter', '/v1/completions', (t) => ({ model: t.model, prompt: 'a'.repeat(1e6) })),
    requests('completions: 128 prompts of 30 kB', '/v1/completions', (t) => ({
        model: t.model,
        prompt: new Array(128).fill(letters(30_000, latin)),
    })),
    requests('completions: 190,000 token ids', '/v1/completions', (t) => ({ model: t.model, prompt: new Array(190_000).fill(5) })),
    requests('responses: text of 1 MB', '/v1/responses', (t) => ({ model: t.model, input: letters(1e6, latin) })),
    requests('responses: 2,048 items', '/v1/responses', (t) => ({
        model: t.model,
        input: Array.from({ length: 2048 }, (_, i) => ({ role: i % 2 ? 'assistant' : 'user', content: 'hello '.repeat(100) })),
    })),
    requests('responses: references to what is not there', '/v1/responses', (t) => ({
        model: t.model,
        input: Array.from({ length: 2048 }, (_, i) => ({ type: 'item_reference', id: `msg_${i}` })),
    })),
    requests('embeddings: 256 texts', '/v1/embeddings', (t) => ({ model: t.embeddings, input: new Array(256).fill('a red circle') })),
    requests('embeddings: 256 texts of 16 kB, words', '/v1/embeddings', (t) => ({
        model: t.embeddings,
        input: new Array(256).fill('red circle '.repeat(1450)),
    })),
    requests('embeddings: 256 texts of 16 kB, white space', '/v1/embeddings', (t) => ({
        model: t.embeddings,
        input: new Array(256).fill(' \n'.repeat(8000)),
    })),
    requests('embeddings: 256 texts of 16 kB, random letters', '/v1/embeddings', (t) => ({
        model: t.embeddings,
        input: new Array(256).fill(letters(16_000, latin)),
    })),
    requests('embeddings: 100,000 token ids', '/v1/embeddings', (t) => ({ model: t.embeddings, input: new Array(60_000).fill(5) })),
    requests('embeddings: 2,048 texts', '/v1/embeddings', (t) => ({ model: t.embeddings, input: new Array(2048).fill('a red circle') })),
    requests('embeddings: 256 texts x 20', '/v1/embeddings', (t) => ({ model: t.embeddings, input: new Array(256).fill('a red circle') }), {
        n: 20,
    }),
    requests('a name of 1 MB', CHAT, (t) => ({ model: t.model, messages: [{ role: 'user', name: 'y'.repeat(1e6), content: 'x' }] })),
    requests('2,000 messages of 1 kB', CHAT, (t) => ({
        model: t.model,
        messages: Array.from({ length: 2000 }, (_, i) => ({ role: i % 2 ? 'assistant' : 'user', content: 'x'.repeat(1000) })),
    })),
    requests('2,000 messages of 2 letters x 10', CHAT, (t) => ({
        model: t.model,
        messages: Array.from({ length: 2000 }, (_, i) => ({ role: i % 2 ? 'assistant' : 'user', content: 'hi' })),
    }), { n: 10 }),
    requests('2,000 parts x 10', CHAT, (t) => chatBody(t, new Array(2000).fill({ type: 'text', text: 'hi' })), { n: 10 }),
    requests('1,000 earlier calls', CHAT, (t) => ({
        model: t.model,
        messages: [
            { role: 'user', content: 'x' },
            {
                role: 'assistant',
                tool_calls: Array.from({ length: 1000 }, (_, i) => ({
                    id: `call_${i}`,
                    type: 'function',
                    function: { name: 'f', arguments: `{"a":${'['.repeat(500)}${']'.repeat(500)}}` },
                })),
            },
            { role: 'user', content: 'x' },
        ],
    })),
];
/** Parameters at their limits. */
const parameters = [
    chats('64 stop strings of 100 kB', () => 'x', { more: { stop: new Array(64).fill('y'.repeat(1e5)) } }),
    chats('4 stop strings of 4 MB, 500 tokens', () => 'x', {
        more: { stop: ['a', ' ', 'e', 't'].map((c) => c.repeat(4e6)), max_tokens: 500, ignore_eos: true },
    }),
    chats('logit_bias of 50,000 tokens', () => 'x', {
        more: { logit_bias: Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [i, 1])) },
    }),
    chats('logit_bias of 190,000 tokens', () => 'x', {
        more: { logit_bias: Object.fromEntries(Array.from({ length: 190_000 }, (_, i) => [i, 1])) },
    }),
    chats('16 replies x 20', () => 'x', { n: 20, more: { n: 16, max_tokens: 20, ignore_eos: true } }),
    chats('20 log-probabilities of 3,000 tokens x 4', () => 'x', {
        n: 4,
        more: { logprobs: true, top_logprobs: 20, max_tokens: 3000, ignore_eos: true },
    }),
    chats('penalties of every kind, 3,000 tokens x 4', () => 'x', {
        n: 4,
        more: { repetition_penalty: 1.3, presence_penalty: 1, frequency_penalty: 1, min_p: 0.01, max_tokens: 3000, ignore_eos: true },
    }),
    chats('contrastive decoding, 500 tokens x 8', () => 'x', { n: 8, more: { method: { name: 'vcd' }, max_tokens: 500, ignore_eos: true } }),
    chats('template variables: 60 levels', () => 'x', { more: { chat_template_kwargs: deepObject(55) } }),
    chats('template variables: 190,000 values', () => 'x', { more: { chat_template_kwargs: { a: new Array(190_000).fill(1) } } }),
    chats('template variables: a text of 10 MB', () => 'x', { more: { chat_template_kwargs: { a: 'x'.repeat(1e7) } } }),
    chats('template variables that are reserved', () => 'x', {
        more: { chat_template_kwargs: { messages: [], chat_template: '{% for i in range(10**9) %}{% endfor %}', __proto__: { a: 1 } } },
    }),
    {
        name: 'responses of 200 kB that are kept x 400',
        allowed: 64,
        prepare: async (t) => {
            const body = JSON.stringify({ model: t.model, input: 'x', metadata: { a: 'y'.repeat(200_000) }, max_output_tokens: 1 });
            const some = async (n) => {
                const out = [];
                for (let i = 0; i < n; i++)
                    out.push(await post(t, '/v1/responses', body));
                return out;
            };
            return async () => (await times(20, () => some(20))).flat();
        },
    },
];
function deepObject(depth) {
    return depth === 0 ? { a: 1 } : { a: deepObject(depth - 1) };
}
/** All of them. */
export const TEXT_ATTACKS = [
    ...KIND_ATTACKS,
    ...places,
    ...parameters,
    chats('text of 18 MB', () => KINDS.words?.(18e6)),
];
//# sourceMappingURL=text-attacks.js.map