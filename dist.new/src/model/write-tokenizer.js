// The files of a tokenizer that has tokens which its folder does not have.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, tokenContent } from '../text/tokenizer-json.js';
import { mapIoError, readJson, readText, writeAtomic } from '../util/fs.js';
import { rewriteJson } from '../util/json.js';
/** Files that describe a tokenizer and are read beside tokenizer.json. */
const FILES = new Set(['tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json']);
/**
 * Writes tokenizer.json with all of its tokens, and the folder's other files of the tokenizer with what was added: `added_tokens_decoder`,
 * the list of special tokens, added_tokens.json where there is one. Keys that are not concerned stay as they are.
 */
export async function writeTokenizer(from, to, { tokenizer, added }) {
    const names = await readdir(from).catch((error) => {
        throw mapIoError(error, from);
    });
    await writeAtomic(join(to, 'tokenizer.json'), `${JSON.stringify(tokenizer.json, null, 2)}\n`);
    for (const name of names.filter((file) => FILES.has(file))) {
        const path = join(from, name);
        const [text, json] = [await readText(path), await readJson(path)];
        const now = name === 'added_tokens.json' ? withIds(json, added) : withEntries(json, added);
        await writeAtomic(join(to, name), `${rewriteJson(text, now)}\n`);
    }
}
const withIds = (json, added) => ({
    ...json,
    ...Object.fromEntries(added.map(({ content, id }) => [content, id])),
});
/** tokenizer_config.json and special_tokens_map.json: lists of special tokens grow where they are lists. */
function withEntries(json, added) {
    const out = { ...json };
    if (isObject(json.added_tokens_decoder))
        out.added_tokens_decoder = { ...json.added_tokens_decoder, ...Object.fromEntries(added.map(({ id, ...entry }) => [id, entry])) };
    for (const key of ['additional_special_tokens', 'extra_special_tokens']) {
        const list = json[key];
        if (!Array.isArray(list))
            continue;
        const has = new Set(list.map(tokenContent));
        out[key] = [...list, ...added.flatMap(({ special, content }) => (special && !has.has(content) ? [content] : []))];
    }
    return out;
}
//# sourceMappingURL=write-tokenizer.js.map