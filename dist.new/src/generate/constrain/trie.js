// The byte strings of a vocabulary as a trie in preorder: a walk is a loop over arrays, and a branch that dies is skipped in one jump.
import { SensoriumError } from '../../util/errors.js';
/** Builds the trie of byte strings by id; empty and absent ones are left out. */
export function trieOf(tokens) {
    const sorted = [];
    let total = 1;
    const spellable = new Uint8Array(256);
    for (const [id, bytes] of tokens.entries()) {
        if (!bytes?.length)
            continue;
        sorted.push({ key: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'), id });
        total += bytes.length;
        if (bytes.length === 1)
            spellable[bytes[0]] = 1;
    }
    sorted.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id - b.id));
    const byte = new Uint8Array(total);
    const depth = new Uint16Array(total);
    const end = new Int32Array(total);
    const first = new Int32Array(total + 1);
    const ids = new Int32Array(sorted.length);
    let reach = 0;
    const path = [0];
    let nodes = 1;
    let before = '';
    for (const [i, { key, id }] of sorted.entries()) {
        let common = 0;
        while (common < before.length && common < key.length && before[common] === key[common])
            common++;
        while (path.length > common + 1)
            end[path.pop()] = nodes;
        for (let k = common; k < key.length; k++) {
            byte[nodes] = key.charCodeAt(k);
            depth[nodes] = k + 1;
            first[nodes] = i; // a node is made by the first token of its subtree
            path.push(nodes++);
        }
        reach = Math.max(reach, key.length);
        ids[i] = id;
        before = key;
    }
    while (path.length > 0)
        end[path.pop()] = nodes;
    first.fill(sorted.length, nodes);
    return {
        vocabSize: tokens.length,
        byte: byte.slice(0, nodes),
        depth: depth.slice(0, nodes),
        reach,
        end: end.slice(0, nodes),
        first: first.slice(0, nodes + 1),
        tokens: ids,
        bytes: tokens,
        spellable,
    };
}
const tries = new WeakMap();
/** The trie of a tokenizer, built once. Throws `constrain.tokenizer` when its tokens are not runs of bytes. */
export function tokenTrie(tokenizer) {
    let trie = tries.get(tokenizer);
    if (!trie) {
        const spell = spelling(tokenizer);
        const tokens = [];
        for (let id = 0; id < tokenizer.vocabSize; id++) {
            const token = tokenizer.token(id);
            tokens.push(token === undefined || tokenizer.isSpecial(id) ? undefined : spell(token, id));
        }
        trie = trieOf(tokens);
        tries.set(tokenizer, trie);
    }
    return trie;
}
/** How tokens become bytes: the byte alphabet of GPT-2, or sentence pieces with `▁` for a space and `<0x0A>` for a byte. */
function spelling(tokenizer) {
    if (tokenizer.byteLevel)
        return (_, id) => tokenizer.tokenBytes(id);
    const decoder = JSON.stringify(tokenizer.json.decoder ?? null);
    const encoder = new TextEncoder();
    if (/"(Metaspace|ByteFallback)"/.test(decoder) || decoder.includes('▁'))
        return (token) => {
            const hex = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
            return hex === undefined ? encoder.encode(token.replaceAll('▁', ' ')) : Uint8Array.of(Number.parseInt(hex, 16));
        };
    throw new SensoriumError('constrain.tokenizer', 'replies of this tokenizer cannot be constrained', {
        place: tokenizer.place,
        expected: 'tokens that are runs of bytes (byte-level BPE, or sentence pieces)',
        got: `a decoder of type ${tokenizer.json.decoder?.type ?? 'none'}`,
    });
}
//# sourceMappingURL=trie.js.map