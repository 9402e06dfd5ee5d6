// tokenizer.json as GGUF keeps it: tokens by id with their types, merges or scores, the roles of tokens, and the chat template.
import { join } from 'node:path';
import { SensoriumError } from '../../util/errors.js';
import { FILES } from '../folder.js';
import { chatTemplatesOf, optionalJson, unsupported } from './source.js';
/** llama.cpp's numbers for kinds of tokens. */
const KIND = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 };
/**
 * Metadata of a folder's tokenizer for a model of `vocabSize` rows; a folder without one gives a file that only takes ids.
 * Errors: `weights.export` for kinds that llama.cpp reads otherwise, and for ids beyond the vocabulary.
 */
export async function ggufTokenizer(dir, { vocabSize, config }) {
    const json = await optionalJson(dir, FILES.tokenizer);
    if (!json)
        return {
            metadata: { 'tokenizer.ggml.model': 'none' },
            notes: [`there is no ${FILES.tokenizer}: the file takes and gives token ids only`],
        };
    const place = join(dir, FILES.tokenizer);
    const settings = (await optionalJson(dir, FILES.tokenizerConfig)) ?? {};
    const { tokens, types, idOf } = tokenTable(json, vocabSize, place);
    const unk = contentOf(settings.unk_token);
    if (unk !== undefined && idOf.has(unk))
        types[idOf.get(unk)] = KIND.unknown;
    const kind = isByteLevel(json)
        ? byteLevel(json)
        : json.model.type === 'BPE' && json.model.byte_fallback
            ? sentencePieces(json, tokens, types, idOf)
            : undefined;
    if (!kind)
        throw unsupported(place, 'byte-level BPE, or BPE that falls back to bytes', `${json.model.type} without either`);
    const templates = await chatTemplatesOf(dir);
    return {
        metadata: {
            ...kind.metadata,
            'tokenizer.ggml.tokens': tokens,
            'tokenizer.ggml.token_type': { int32s: types },
            ...roles(json, { settings, config, idOf }),
            ...(templates ? templateMetadata(templates) : {}),
        },
        notes: kind.notes,
    };
}
/** The default template under the plain key, the others under theirs, as gguf's writer names them. */
function templateMetadata(templates) {
    const others = [...templates]
        .filter(([name]) => name !== 'default')
        .map(([name, source]) => [name.replace(/[^A-Za-z0-9_]/g, '_'), source]);
    return {
        'tokenizer.chat_template': templates.get('default'),
        ...Object.fromEntries(others.map(([name, source]) => [`tokenizer.chat_template.${name}`, source])),
        ...(others.length > 0 ? { 'tokenizer.chat_templates': others.map(([name]) => name) } : {}),
    };
}
/** Tokens in the order of their ids; holes up to the number of embeddings are filled. */
function tokenTable(json, size, place) {
    const tokens = Array.from({ length: size }, (_, i) => `[PAD${i}]`);
    const types = new Array(size).fill(KIND.unused);
    const idOf = new Map();
    const put = (token, id, type) => {
        if (id >= size)
            throw new SensoriumError('weights.export', 'the tokenizer has ids that the model has no embedding for', {
                place,
                expected: `ids below ${size}`,
                got: `${id} (${JSON.stringify(token)})`,
                hint: 'Tokenizer and weights belong to different models',
            });
        tokens[id] = token;
        types[id] = type;
        idOf.set(token, id);
    };
    for (const [token, id] of Object.entries(json.model.vocab))
        put(token, id, /^<0x[0-9A-F]{2}>$/.test(token) ? KIND.byte : KIND.normal);
    for (const { content, id, special } of json.added_tokens ?? [])
        put(content, id, special ? KIND.control : KIND.userDefined);
    return { tokens, types, idOf };
}
/** LLaMA 1 and 2: merges become scores, since llama.cpp joins the pair whose union scores highest. */
function sentencePieces(json, tokens, types, idOf) {
    const scores = new Array(tokens.length).fill(0);
    pairs(json).forEach(([a, b], rank) => {
        const id = idOf.get(a + b);
        if (id !== undefined && scores[id] === 0 && types[id] === KIND.normal)
            scores[id] = -(rank + 1);
    });
    return {
        metadata: {
            'tokenizer.ggml.model': 'llama',
            'tokenizer.ggml.pre': 'default',
            'tokenizer.ggml.scores': { float32s: scores },
            'tokenizer.ggml.add_space_prefix': prefixesSpace(json),
        },
        notes: [],
    };
}
/** GPT-2's alphabet of bytes; how text is cut beforehand goes by a name that llama.cpp knows. */
function byteLevel(json) {
    const { name, note } = preTokenizer(json);
    return {
        metadata: {
            'tokenizer.ggml.model': 'gpt2',
            'tokenizer.ggml.pre': name,
            'tokenizer.ggml.merges': pairs(json).map(([a, b]) => `${a} ${b}`),
            'tokenizer.ggml.add_space_prefix': parts(json.pre_tokenizer).some((p) => p.type === 'ByteLevel' && p.add_prefix_space === true),
        },
        notes: note === undefined ? [] : [note],
    };
}
const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const words = (digits) => `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
/** GPT-2's words with every digit alone, as the world's tokenizers cut text. */
const SINGLE_DIGITS = GPT2.replace(' ?\\p{N}+', '\\p{N}');
/** Patterns that llama.cpp has by name. */
const PATTERNS = {
    [GPT2]: 'gpt-2',
    [words('\\p{N}{1,3}')]: 'llama-bpe',
    [words('\\p{N}')]: 'qwen2',
    [SINGLE_DIGITS]: 'smollm',
};
function preTokenizer(json) {
    const all = parts(json.pre_tokenizer);
    const patterns = all.flatMap((p) => {
        const regex = p.type === 'Split' ? p.pattern?.Regex : undefined;
        return typeof regex === 'string' ? [regex] : [];
    });
    const digits = all.some((p) => p.type === 'Digits' && p.individual_digits === true);
    const builtIn = all.some((p) => p.type === 'ByteLevel' && p.use_regex !== false);
    if (patterns.length === 0 && builtIn)
        return { name: digits ? 'smollm' : 'gpt-2' };
    const [pattern] = patterns;
    const name = patterns.length === 1 && !digits ? PATTERNS[pattern] : undefined;
    if (name === undefined)
        return { name: 'default', note: 'llama.cpp has no name for how this tokenizer cuts text into words: it may cut some texts otherwise' };
    if (pattern === SINGLE_DIGITS)
        return { name, note: 'llama.cpp cuts several spaces before a digit otherwise than this tokenizer' };
    return { name };
}
/** Ids with a role, and whether a text begins or ends with one by itself. */
function roles(json, { settings, config, idOf, }) {
    const out = {};
    for (const [role, key] of [
        ['bos', 'bos'],
        ['eos', 'eos'],
        ['unk', 'unknown'],
        ['pad', 'padding'],
    ]) {
        const content = contentOf(settings[`${role}_token`]);
        const id = (content === undefined ? undefined : idOf.get(content)) ?? firstId(config[`${role}_token_id`]);
        if (id !== undefined)
            out[`tokenizer.ggml.${key}_token_id`] = id;
    }
    const frame = parts(json.post_processor, 'processors').find((p) => p.type === 'TemplateProcessing');
    const items = (frame?.single ?? []).map((item) => item.SpecialToken !== undefined);
    out['tokenizer.ggml.add_bos_token'] = frame ? items[0] === true : settings.add_bos_token === true;
    out['tokenizer.ggml.add_eos_token'] = frame ? items.length > 1 && items.at(-1) === true : settings.add_eos_token === true;
    return out;
}
const firstId = (value) => {
    const [id] = [value].flat();
    return typeof id === 'number' ? id : undefined;
};
function contentOf(value) {
    if (typeof value === 'string')
        return value;
    const content = value?.content;
    return typeof content === 'string' ? content : undefined;
}
/** A part of the pipeline, or those of a sequence. */
function parts(part, key = 'pretokenizers') {
    if (!part)
        return [];
    return part.type === 'Sequence' ? (part[key] ?? []) : [part];
}
const isByteLevel = (json) => json.model.type === 'BPE' && [...parts(json.decoder, 'decoders'), ...parts(json.pre_tokenizer)].some((p) => p.type === 'ByteLevel');
const prefixesSpace = (json) => parts(json.normalizer, 'normalizers').some((p) => p.type === 'Prepend') ||
    parts(json.pre_tokenizer).some((p) => p.type === 'Metaspace' && (p.prepend_scheme ?? 'always') !== 'never' && p.add_prefix_space !== false);
const pairs = (json) => (json.model.merges ?? []).map((m) => (typeof m === 'string' ? m.split(' ') : m));
//# sourceMappingURL=gguf-tokenizer.js.map