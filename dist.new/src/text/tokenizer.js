// The tokenizer of a model: tokenizer.json executed as tokenizers does it, with special tokens under control, exact offsets and clear errors.
import { ifThere, SensoriumError } from '../util/errors.js';
import { CHAR_TO_BYTE, fromByteAlphabet, utf8Length } from './bytes.js';
import { DecodeStream } from './decode-stream.js';
import { EncodePipeline } from './encode-pipeline.js';
import { hubParts } from './hub-parts.js';
import { TokenFinder } from './token-finder.js';
import { addedTokensOf, checkTokenizerJson, isByteLevel, isObject, tokenContent } from './tokenizer-json.js';
/** Escapes a string for a regular expression with the `u` flag. */
export const escapeRegExp = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
/** Encodes and decodes text for one model. No beginning- or end-of-text tokens are ever added by themselves: templates and samples write them. */
export class Tokenizer {
    json;
    config;
    /** Where it came from, for messages. */
    place;
    /** Largest id + 1, added tokens included. */
    vocabSize;
    /** Ids of the tokens with a role. */
    specialIds;
    /** Special tokens (`special: true`), by content. */
    specialTokens;
    /** True for byte-level BPE: every token is a run of bytes and offsets are exact. */
    byteLevel;
    /** True where decoding takes away spaces before punctuation. */
    cleansUp;
    /** Ids of the model's own tokens. */
    ids;
    tokens = [];
    specials;
    pipeline;
    added = new Map();
    addedIds = new Set();
    specialIdSet;
    bytes = new Map();
    constructor(json, config, place) {
        this.json = json;
        this.config = config;
        this.place = place;
        const added = addedTokensOf(json);
        const ordinary = added.filter((token) => !token.special);
        // Unigram models list their tokens; the others map them to ids.
        const { vocab } = json.model;
        this.ids = new Map(Array.isArray(vocab) ? vocab.map(([token], id) => [token, id]) : Object.entries(vocab));
        for (const [token, id] of this.ids)
            this.tokens[id] = token;
        for (const token of added) {
            this.tokens[token.id] = token.content;
            this.added.set(token.content, token);
            this.addedIds.add(token.id);
        }
        this.vocabSize = this.tokens.length;
        const special = added.filter((token) => token.special);
        this.specialTokens = new Map(special.map((token) => [token.content, token.id]));
        this.specialIdSet = new Set(this.specialTokens.values());
        this.specials = new TokenFinder(special);
        this.byteLevel = isByteLevel(json);
        // As in transformers 5: the clean-up is meant for word pieces, and would take away spaces that a BPE model wrote.
        const forBpe = config.clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output === true;
        this.cleansUp = config.clean_up_tokenization_spaces === true && (json.model.type !== 'BPE' || forBpe);
        try {
            const { ids, byteLevel } = this;
            this.pipeline = new EncodePipeline({ json, ids, ordinary, special: new Set(this.specialTokens.keys()), byteLevel, config, place });
            hubParts(json); // for the parts that encoding does not use
        }
        catch (cause) {
            if (cause instanceof SensoriumError)
                throw cause;
            throw new SensoriumError('text.tokenizer', 'the tokenizer cannot be built', {
                place,
                got: cause instanceof Error ? cause.message : String(cause),
                hint: 'The file is valid JSON but uses something that is not supported; export it again as a fast tokenizer',
                cause,
            });
        }
        const role = (key) => {
            const content = tokenContent(config[key]);
            return content === undefined ? undefined : this.tokenId(content);
        };
        this.specialIds = {
            bos: role('bos_token'),
            eos: role('eos_token'),
            pad: role('pad_token'),
            image: role('image_token') ?? this.tokenId('<image>'),
        };
    }
    /**
     * Builds a tokenizer from the parsed tokenizer.json and tokenizer_config.json; `place` names them in errors.
     * Throws `text.tokenizer`, naming the key that is wrong.
     */
    static fromJson(tokenizerJson, tokenizerConfig = {}, place = 'tokenizer.json') {
        const json = checkTokenizerJson(tokenizerJson, place);
        if (typeof tokenizerConfig !== 'object' || tokenizerConfig === null || Array.isArray(tokenizerConfig))
            throw new SensoriumError('text.tokenizer', 'tokenizer_config.json is not an object', { place, got: typeof tokenizerConfig });
        return new Tokenizer(json, { clean_up_tokenization_spaces: false, ...tokenizerConfig }, place);
    }
    /**
     * Reads `tokenizer.json` and, where present, `tokenizer_config.json` from a folder in Hugging Face layout. Where that has no
     * `added_tokens_decoder`, as in older folders, `special_tokens_map.json` comes before it, as in transformers.
     */
    static async fromFolder(dir) {
        const { readJson } = await import('../util/fs.js');
        const path = `${dir}/tokenizer.json`;
        const json = await readJson(path);
        const config = await ifThere(() => readJson(`${dir}/tokenizer_config.json`));
        if (isObject(config) && isObject(config.added_tokens_decoder))
            return Tokenizer.fromJson(json, config, path);
        const map = await ifThere(() => readJson(`${dir}/special_tokens_map.json`));
        if (!isObject(map) || (config !== undefined && !isObject(config)))
            return Tokenizer.fromJson(json, config, path);
        const named = Object.entries(map).filter(([, value]) => value !== null);
        return Tokenizer.fromJson(json, { ...config, ...Object.fromEntries(named) }, path);
    }
    /** Id of a token written as in the vocabulary, such as `<|end|>` or `Ġcup`. */
    tokenId(token) {
        return this.added.get(token)?.id ?? this.ids.get(token);
    }
    /** Token string of an id, as in the vocabulary; undefined for ids that are not used. */
    token(id) {
        return this.tokens[id];
    }
    /** True for the ids of special tokens. */
    isSpecial(id) {
        return this.specialIdSet.has(id);
    }
    /** Token ids of a text. The empty text has none. */
    encode(text, options = {}) {
        if (!options.special || this.specials.empty)
            return this.pipeline.encode(text);
        return this.encodePieces(this.split(text)).ids;
    }
    /** Token ids with the bytes that each covers. Throws `text.offsets` for a tokenizer that rewrites its text, where there are none. */
    encodeWithOffsets(text, options = {}) {
        return this.encodePieces(options.special ? this.split(text) : [{ text, special: false }], true);
    }
    /** Splits a trusted text at its special tokens. */
    split(text) {
        return this.specials.split(text, false).map((piece) => ({ text: piece.text, special: piece.token !== undefined }));
    }
    /** Encodes pieces one after another; with `withOffsets`, offsets count the UTF-8 bytes of all pieces joined. */
    encodePieces(pieces, withOffsets = false) {
        const ids = [];
        const offsets = [];
        let base = 0;
        pieces.forEach((piece, p) => {
            const length = withOffsets ? utf8Length(piece.text) : 0;
            if (piece.special) {
                const id = this.specialTokens.get(piece.text);
                if (id === undefined)
                    throw new SensoriumError('text.special', 'the tokenizer has no such special token', {
                        place: this.place,
                        expected: [...this.specialTokens.keys()].join(' '),
                        got: piece.text,
                    });
                ids.push(id);
                if (withOffsets)
                    offsets.push([base, base + length]);
            }
            else {
                const [text, cut] = this.stripped(piece.text, pieces[p - 1], pieces[p + 1]);
                const own = this.pipeline.encode(text, p > 0);
                if (withOffsets)
                    offsets.push(...this.offsetsOf(own, text, base + utf8Length(piece.text, 0, cut)));
                for (const id of own)
                    ids.push(id);
            }
            base += length;
        });
        return { ids, offsets };
    }
    /**
     * Text of token ids. Bytes that are not UTF-8 become U+FFFD. `DecodeStream` decodes token by token. Throws `text.id` for an id that no
     * token has, unless `skipUnknown`.
     */
    decode(ids, options = {}) {
        const stream = new DecodeStream(this, options, false);
        let text = '';
        for (const id of ids)
            text += stream.push(id);
        return text + stream.end();
    }
    /** A streaming decoder that never emits half a character. */
    stream(options = {}) {
        return new DecodeStream(this, options);
    }
    /** Bytes of one token of a byte-level tokenizer. Throws `text.id` for ids outside the vocabulary. */
    tokenBytes(id) {
        let bytes = this.bytes.get(id);
        if (bytes === undefined) {
            const token = this.token(id);
            if (token === undefined)
                throw this.noToken(id);
            bytes = this.addedIds.has(id) ? new TextEncoder().encode(token) : fromByteAlphabet(token);
            this.bytes.set(id, bytes);
        }
        return bytes;
    }
    /** The error for an id that no token has. */
    noToken(id) {
        return new SensoriumError('text.id', 'no token has this id', {
            place: this.place,
            expected: `0 to ${this.vocabSize - 1}`,
            got: String(id),
        });
    }
    /** Writes `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json` into a folder. */
    async save(dir) {
        const { writeAtomic } = await import('../util/fs.js');
        const text = (value) => `${JSON.stringify(value, null, 2)}\n`;
        const map = {};
        for (const key of ['bos_token', 'eos_token', 'pad_token', 'unk_token', 'additional_special_tokens'])
            if (this.config[key] !== undefined && this.config[key] !== null)
                map[key] = this.config[key];
        await writeAtomic(`${dir}/tokenizer.json`, text(this.json));
        await writeAtomic(`${dir}/tokenizer_config.json`, text(this.config));
        await writeAtomic(`${dir}/special_tokens_map.json`, text(map));
    }
    /** `lstrip` and `rstrip` of neighbouring special tokens take white space away; returns the rest and how much went in front. */
    stripped(text, before, after) {
        let out = text;
        if (after?.special && this.added.get(after.text)?.lstrip)
            out = out.trimEnd();
        const length = out.length;
        if (before?.special && this.added.get(before.text)?.rstrip)
            out = out.trimStart();
        return [out, length - out.length];
    }
    offsetsOf(ids, text, base) {
        const total = utf8Length(text);
        const offsets = [];
        let at = 0;
        const lengthOf = (id) => (this.byteLevel ? this.tokenBytes(id).length : sentencePieceLength(this.token(id) ?? ''));
        for (const id of ids) {
            const end = at + lengthOf(id);
            offsets.push([base + at, base + end]);
            at = end;
        }
        // Sentence-piece tokenizers put one space in front of the text; it covers nothing.
        if (at === total + 1 && !this.byteLevel && this.token(ids[0])?.startsWith('▁'))
            return offsets.map(([start, end], i) => [i === 0 ? start : start - 1, end - 1]);
        if (at !== total)
            throw new SensoriumError('text.offsets', 'the tokenizer rewrites its text, so tokens cannot be placed in it', {
                place: this.place,
                expected: `${total} bytes`,
                got: `${at} bytes of tokens for ${JSON.stringify(text.slice(0, 60))}`,
                hint: 'Normalise the text first (NFC), or use a byte-level tokenizer',
            });
        return offsets;
    }
}
/** UTF-8 length of a sentence-piece token: `▁` is a space, `<0x0A>` one byte. */
function sentencePieceLength(token) {
    if (/^<0x[0-9A-Fa-f]{2}>$/.test(token))
        return 1;
    return utf8Length(token.replaceAll('▁', ' '));
}
/** True when every byte has a token, so that no text is unknown. */
export function coversAllBytes(tokenizer) {
    return [...CHAR_TO_BYTE.keys()].every((char) => tokenizer.tokenId(char) !== undefined);
}
/**
 * Checks that a tokenizer belongs to a model: its ids fit the embedding (which may be padded) and the image token is the same.
 * Throws `text.fit`.
 */
export function assertFits(tokenizer, model) {
    const hint = 'Take the tokenizer from the folder of the model, or resize the embedding of the model';
    if (tokenizer.vocabSize > model.vocabSize)
        throw new SensoriumError('text.fit', 'the tokenizer does not fit the model: it has more tokens than the embedding has rows', {
            place: tokenizer.place,
            expected: `at most ${model.vocabSize} tokens (vocab_size)`,
            got: String(tokenizer.vocabSize),
            hint,
        });
    if (model.imageTokenId !== undefined && tokenizer.specialIds.image !== model.imageTokenId)
        throw new SensoriumError('text.fit', 'the tokenizer does not fit the model: the image token differs', {
            place: tokenizer.place,
            expected: `id ${model.imageTokenId} (image_token_id)`,
            got: tokenizer.specialIds.image === undefined ? 'no image token' : `id ${tokenizer.specialIds.image}`,
            hint,
        });
}
//# sourceMappingURL=tokenizer.js.map