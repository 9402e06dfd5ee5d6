// From a plain text to ids, step by step as tokenizers does it: added tokens, normalizer, pre-tokenizer, model.
import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import { SensoriumError } from '../util/errors.js';
import { BpeEncoder } from './bpe-encode.js';
import { hubParts } from './hub-parts.js';
import { Precompiled } from './precompiled.js';
import { TokenFinder } from './token-finder.js';
import { UnigramEncoder } from './unigram-encode.js';
/** Encodes plain texts. Throws what the library throws for parts that it does not know. */
export class EncodePipeline {
    unnormalized;
    normalized;
    normalize;
    words;
    model;
    constructor(source) {
        const { json, ordinary, place } = source;
        this.normalize = normalizer(json.normalizer, place);
        const isNormalized = (token) => token.normalized && this.normalize !== undefined;
        this.unnormalized = new TokenFinder(ordinary.filter((token) => !isNormalized(token)));
        this.normalized = new TokenFinder(ordinary.filter(isNormalized), ({ content }) => this.normalize?.(content) ?? content);
        this.words = preTokenizer(json.pre_tokenizer);
        this.model = modelOf(source);
    }
    /** Ids of a text. `isLater`: it does not begin the whole, and gets no space where only the first text gets one. */
    encode(text, isLater = false) {
        const out = [];
        const add = (ids) => {
            for (const id of ids)
                out.push(id);
        };
        this.unnormalized.split(text).forEach((section, i) => {
            if (section.token) {
                out.push(section.token.id);
                return;
            }
            const normal = this.normalize ? this.normalize(section.text) : section.text;
            this.normalized.split(normal).forEach((piece, k) => {
                if (piece.token)
                    out.push(piece.token.id);
                else
                    add(this.model(this.words(piece.text, isLater || i > 0 || k > 0 ? 1 : 0)));
            });
        });
        return out;
    }
}
function normalizer(json, place) {
    const part = json;
    if (!part)
        return undefined;
    if (part.type === 'Sequence') {
        const steps = (part.normalizers ?? []).flatMap((one) => normalizer(one, place) ?? []);
        return (text) => steps.reduce((out, step) => step(out), text);
    }
    if (part.type === 'Precompiled' && part.precompiled_charsmap) {
        const map = new Precompiled(part.precompiled_charsmap, place);
        return (text) => map.normalize(text);
    }
    const built = hubParts({ normalizer: part }).normalizer;
    return built ? (text) => built.normalize(text) : undefined;
}
function preTokenizer(json) {
    const built = hubParts({ pre_tokenizer: withUnicodeClasses(json) }).pre_tokenizer;
    if (!built)
        return (text) => [text];
    const mark = splitMark(json);
    return (text, section_index) => {
        const words = built.pre_tokenize(text, { section_index });
        return mark === undefined ? words : words.flatMap((word) => splitBefore(word, mark));
    };
}
/** GPT-2's words (Radford et al. 2019). */
const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
/** What `\w` is in Rust. */
const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d';
/**
 * The same with patterns in the place of types for which the library has patterns of its own: in JavaScript `\s` and `\w` are other
 * characters than in Rust (U+FEFF is white space, an umlaut is not a letter), which the library minds in patterns that are given.
 */
function withUnicodeClasses(json) {
    const split = (Regex, behavior, invert) => ({ type: 'Split', pattern: { Regex }, behavior, invert });
    switch (json?.type) {
        case 'Sequence':
            return { ...json, pretokenizers: json.pretokenizers?.map(withUnicodeClasses) };
        case 'Whitespace':
            return split(`[${WORD}]+|[^${WORD}\\s]+`, 'Removed', true);
        case 'WhitespaceSplit':
            return split('\\s+', 'Removed', false);
        case 'ByteLevel':
            if (json.use_regex === false || json.add_prefix_space !== false)
                return json;
            return { type: 'Sequence', pretokenizers: [split(GPT2, 'Isolated', false), { ...json, use_regex: false }] };
        default:
            return json;
    }
}
/** The sign before which `Metaspace` splits, which the library leaves undone. */
function splitMark(json) {
    const last = json.type === 'Sequence' ? json.pretokenizers?.at(-1) : json;
    return last?.type === 'Metaspace' && last.split !== false ? (last.replacement ?? '▁') : undefined;
}
function splitBefore(word, mark) {
    const parts = [];
    let start = 0;
    for (let at = word.indexOf(mark, 1); at > 0; at = word.indexOf(mark, at + 1)) {
        parts.push(word.slice(start, at));
        start = at;
    }
    parts.push(word.slice(start));
    return parts;
}
function modelOf(source) {
    const { json, special, byteLevel, place } = source;
    const { type } = json.model;
    const encoder = type === 'BPE'
        ? BpeEncoder.build(json.model, place, { lenient: !byteLevel, special, ids: source.ids })
        : type === 'Unigram'
            ? new UnigramEncoder(json.model, place, special)
            : undefined;
    if (!encoder)
        return hubModel(source);
    return (words) => {
        const out = [];
        for (const word of words)
            for (const id of encoder.encode(word))
                out.push(id);
        return out;
    };
}
/** Models of the library: WordPiece, WordLevel, and BPE models that need more than `BpeEncoder` has. */
function hubModel({ json, ids, special, config, place }) {
    const none = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
    const { model } = new HubTokenizer({ ...none, model: json.model }, config);
    const unknown = json.model.unk_token;
    const unknownId = unknown === undefined ? undefined : ids.get(unknown);
    return (words) => (model?._call([...words]) ?? []).map((token) => {
        const id = (token !== unknown && special.has(token) ? undefined : ids.get(token)) ?? unknownId;
        // Without an unknown token there is a hole; it must not become a NaN or 0 in a tensor.
        if (id === undefined)
            throw new SensoriumError('text.unknown', 'the vocabulary cannot spell this text', { place, got: JSON.stringify(token) });
        return id;
    });
}
//# sourceMappingURL=encode-pipeline.js.map