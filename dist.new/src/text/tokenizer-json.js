// Checks a tokenizer.json before anything is built from it, so that a wrong file is named with the key that is wrong.
import { SensoriumError } from '../util/errors.js';
/** True for objects other than lists and null. */
export const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const kind = (value) => value === undefined ? 'nothing' : value === null ? 'null' : Array.isArray(value) ? 'an array' : JSON.stringify(value).slice(0, 60);
/** Throws `text.tokenizer` naming `place` and the key at fault; otherwise returns the same object, with absent optional parts as null. */
export function checkTokenizerJson(value, place) {
    const need = (ok, key, expected, got) => {
        if (!ok)
            throw new SensoriumError('text.tokenizer', 'this is not a usable tokenizer.json', {
                place: `${place}, key ${key}`,
                expected,
                got: kind(got),
                hint: 'Copy the file again from the model it belongs to',
            });
    };
    need(isObject(value), '(top)', 'an object', value);
    const json = value;
    need(isObject(json.model), 'model', 'an object with vocab and merges', json.model);
    const model = json.model;
    need(model.type === undefined || typeof model.type === 'string', 'model.type', 'a string such as "BPE"', model.type);
    const listed = model.type === 'Unigram' && Array.isArray(model.vocab); // [token, score] in the order of ids
    need(listed || isObject(model.vocab), 'model.vocab', 'an object from token to id', model.vocab);
    const ids = new Map();
    for (const [token, id] of listed ? [] : Object.entries(model.vocab)) {
        need(Number.isInteger(id) && id >= 0, `model.vocab[${JSON.stringify(token)}]`, 'a non-negative integer', id);
        need(!ids.has(id), `model.vocab[${JSON.stringify(token)}]`, `an id of its own (${JSON.stringify(ids.get(id))} has it too)`, id);
        ids.set(id, token);
    }
    if (model.type === 'BPE' || model.merges !== undefined)
        checkMerges(model, need);
    need(json.added_tokens === undefined || json.added_tokens === null || Array.isArray(json.added_tokens), 'added_tokens', 'an array', json.added_tokens);
    const added = (json.added_tokens ?? []);
    added.forEach((token, i) => {
        need(isObject(token), `added_tokens[${i}]`, 'an object', token);
        const { id, content } = token;
        need(typeof content === 'string' && content !== '', `added_tokens[${i}].content`, 'a string that is not empty', content);
        need(Number.isInteger(id) && id >= 0, `added_tokens[${i}].id`, 'a non-negative integer', id);
        const holder = ids.get(id);
        need(holder === undefined || holder === content, `added_tokens[${i}].id`, `an id that is not taken by ${JSON.stringify(holder)}`, id);
        ids.set(id, content);
    });
    for (const key of ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder']) {
        const part = json[key];
        need(part === undefined || part === null || (isObject(part) && typeof part.type === 'string'), key, 'null or an object with a type', part);
    }
    return {
        normalizer: null,
        pre_tokenizer: null,
        post_processor: null,
        decoder: null,
        ...json,
        added_tokens: added,
    };
}
function checkMerges(model, need) {
    need(Array.isArray(model.merges), 'model.merges', 'an array', model.merges);
    const vocab = model.vocab;
    model.merges.forEach((merge, i) => {
        const pair = typeof merge === 'string' ? merge.split(' ') : merge;
        const ok = Array.isArray(pair) && pair.length === 2 && pair.every((side) => typeof side === 'string' && Object.hasOwn(vocab, side));
        need(ok, `model.merges[${i}]`, 'two tokens of the vocabulary', merge);
    });
}
/** The added tokens with every flag filled in. */
export function addedTokensOf(json) {
    return json.added_tokens.map((token) => ({
        id: token.id,
        content: token.content,
        single_word: token.single_word ?? false,
        lstrip: token.lstrip ?? false,
        rstrip: token.rstrip ?? false,
        normalized: token.normalized ?? false,
        special: token.special ?? false,
    }));
}
/** True when tokens are runs of bytes in the GPT-2 alphabet. */
export function isByteLevel(json) {
    const holds = (part) => isObject(part) && (part.type === 'ByteLevel' || (Array.isArray(part.decoders) && part.decoders.some(holds)));
    return json.model.type === 'BPE' && holds(json.decoder);
}
/** Content of a token given as a string or as an AddedToken object, as tokenizer_config.json has either. */
export function tokenContent(value) {
    if (typeof value === 'string')
        return value;
    return isObject(value) && typeof value.content === 'string' ? value.content : undefined;
}
//# sourceMappingURL=tokenizer-json.js.map