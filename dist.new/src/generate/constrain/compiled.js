// Constraints of forms: compiled once for each tokenizer, large ones in a worker thread, and kept within a bound of bytes.
import { runJob } from '../../util/jobs.js';
import { SharedWork } from '../../util/shared-work.js';
import { compileJob } from './compile-job.js';
import { Constraint } from './constraint.js';
import { Budget, LIMITS, tooLarge } from './errors.js';
import { formatGrammar } from './format.js';
import { Grammar } from './grammar.js';
import { assertSmall } from './schema.js';
import { tokenTrie } from './trie.js';
/** Characters of a form, and steps of compiling one, up to which it is compiled where it is asked for: one or two milliseconds. */
const SMALL = { characters: 4096, steps: 4000 };
/** What a form may take of a worker thread, whatever else the machine does. */
const COMPILE = { timeoutMs: 30_000, maxMemoryMb: 512 };
/** What is kept for each tokenizer. */
const MOST_KEPT = 128;
const MOST_BYTES = 192 * 2 ** 20;
/** The constraints of one vocabulary, the latest last. */
class Constraints {
    compiling = new SharedWork();
    kept = new Map();
    get(key) {
        const known = this.kept.get(key);
        if (known)
            this.add(key, known);
        return known;
    }
    add(key, constraint) {
        this.kept.delete(key);
        this.kept.set(key, constraint);
        let bytes = 0;
        for (const [name, { size }] of this.kept)
            bytes += size + 2 * name.length;
        for (const [name, { size }] of this.kept) {
            if (name === key || (this.kept.size <= MOST_KEPT && bytes <= MOST_BYTES))
                break;
            this.kept.delete(name);
            bytes -= size + 2 * name.length;
        }
        return constraint;
    }
}
const stores = new WeakMap();
function storeOf(trie) {
    const store = stores.get(trie) ?? new Constraints();
    stores.set(trie, store);
    return store;
}
/** The constraints of forms that were prepared, for as long as their owners have them. */
const prepared = new WeakMap();
/**
 * The constraint of a form over the tokens of a tokenizer, compiled here and now unless it was prepared. The latest ones are kept, with their
 * masks. Throws as `formatGrammar` does.
 */
export function constraintFor(tokenizer, format) {
    const trie = tokenTrie(tokenizer);
    const own = prepared.get(format);
    if (own?.trie === trie)
        return own;
    const store = storeOf(trie);
    const key = keyOf(format);
    return store.get(key) ?? store.add(key, new Constraint(formatGrammar(format, contextOf(tokenizer, trie)), trie));
}
/**
 * A form whose constraint is there when a reply asks for it: compiled at once where that is a matter of a millisecond, else in a worker
 * thread, one for all who ask for the same. Rejects as `formatGrammar` throws, and with the reason of `signal`.
 */
export async function prepareFormat(tokenizer, format, signal) {
    if (format === undefined || format.type === 'text')
        return format;
    const trie = tokenTrie(tokenizer);
    if (prepared.get(format)?.trie === trie)
        return format;
    const constraint = await compiled(tokenizer, trie, format, signal);
    // Whoever asked may change the form afterwards; this one is nobody else's.
    const own = { ...format };
    prepared.set(own, constraint);
    return own;
}
/** Whether the constraint of a form is there: see `prepareFormat`. */
export const isPrepared = (format) => format === undefined || format.type === 'text' || prepared.has(format);
async function compiled(tokenizer, trie, format, signal) {
    const store = storeOf(trie);
    const key = keyOf(format);
    const known = store.get(key);
    if (known)
        return known;
    const small = key.length <= SMALL.characters ? compileSmall(format, tokenizer, trie) : undefined;
    if (small)
        return store.add(key, new Constraint(small, trie));
    const { limits, ...form } = format;
    const input = { format: JSON.stringify(form), limits, ...contextOf(tokenizer, trie) };
    const packed = await store.compiling
        .run(key, signal, (stop) => runJob(compileJob, input, { ...COMPILE, signal: stop }))
        .catch(asTooLarge);
    // Of those who waited together one comes first.
    return store.get(key) ?? store.add(key, new Constraint(new Grammar(packed), trie));
}
/** The grammar of a form that takes few steps; undefined for one that takes more. */
function compileSmall(format, tokenizer, trie) {
    const { work = LIMITS.work } = format.limits ?? {};
    const budget = new Budget(Math.min(SMALL.steps, work));
    try {
        return formatGrammar(format, { ...contextOf(tokenizer, trie), budget });
    }
    catch (error) {
        if (budget.spent > SMALL.steps && work > SMALL.steps)
            return undefined;
        throw error;
    }
}
/** Sentence pieces begin a text with a space that decoding takes away again: none may be part of the form. */
const contextOf = (tokenizer, { spellable }) => ({
    spellable,
    noLeadingSpace: !tokenizer.byteLevel,
});
/** A form by its content. Throws `constrain.size` for one that is too large to be looked at. */
function keyOf(format) {
    const size = format.limits?.size;
    if (format.type === 'json_schema')
        assertSmall([format.schema], size);
    if (format.type === 'tool_calls') {
        const { tools, reply = true } = format;
        assertSmall([...tools.map(({ schema = true }) => schema), reply], size);
    }
    return JSON.stringify(format);
}
/** A form that took too much of a worker is too large, as one that takes too many steps is. */
function asTooLarge(error) {
    const { code } = error;
    if (code === 'job.time')
        tooLarge('milliseconds of compilation', COMPILE.timeoutMs);
    if (code === 'job.memory')
        tooLarge('mebibytes of compilation', COMPILE.maxMemoryMb);
    throw error;
}
/** Options whose response format is prepared. Rejects as `prepareFormat` does. */
export async function prepareOptions(o, tokenizer) {
    if (!tokenizer || !o.responseFormat)
        return o;
    return { ...o, responseFormat: await prepareFormat(tokenizer, o.responseFormat, o.signal) };
}
//# sourceMappingURL=compiled.js.map