// Which matrices of a network are quantized, and how: read off the graphs that inference runs, so that every use of a matrix is known.
import { Parameter, productWeight, tableOf, topological, transposeOp } from '../graph/index.js';
import { decodeGraph } from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import { nearest } from '../util/nearest.js';
import { LEAST } from './int4.js';
const bad = (place, expected, got, hint) => new SensoriumError('weights.quantize', 'not a way to quantize', { place, expected, got: JSON.stringify(got) ?? 'nothing', hint });
/** Checks options and fills in defaults. Errors: `weights.quantize`. */
export function quantizeSettings(o) {
    const { bits = 4, blockSize = 32, accuracyLevel = 4, headBits = 8, embeddingBits = 8, activations = 'float', skip = [] } = o;
    if (bits !== 4 && bits !== 8)
        throw bad('bits', '4 or 8', bits);
    for (const [place, value] of Object.entries({ headBits, embeddingBits }))
        if (value !== null && value !== 4 && value !== 8)
            throw bad(place, '4, 8 or null', value);
    if (!Number.isInteger(blockSize) || blockSize < 16 || (blockSize & (blockSize - 1)) !== 0)
        throw bad('blockSize', 'a power of two, at least 16', blockSize, 'ONNX Runtime has kernels for no others');
    if (![0, 1, 2, 3, 4].includes(accuracyLevel))
        throw bad('accuracyLevel', '0 to 4', accuracyLevel);
    if (activations !== 'float' && activations !== 'int8')
        throw bad('activations', "'float' or 'int8'", activations);
    return { bits, blockSize, accuracyLevel, headBits, embeddingBits, activations, skip };
}
/** How often each parameter is the W of x Wᵀ, a table of rows, or something else. */
function usesOf(outputs) {
    const uses = new Map();
    const count = (p, kind) => {
        const known = uses.get(p) ?? { products: 0, tables: 0, others: 0 };
        known[kind]++;
        uses.set(p, known);
    };
    for (const node of topological(outputs).nodes) {
        const [weight, table] = [productWeight(node, node.inputs), tableOf(node, node.inputs)];
        node.inputs.forEach((x, i) => {
            const under = x.node?.op === transposeOp ? x.node.inputs[0] : undefined;
            if (under instanceof Parameter)
                count(under, under === weight && i === 1 ? 'products' : 'others');
            // A transposed parameter is judged where the transposed one is used.
            if (x instanceof Parameter && node.op !== transposeOp)
                count(x, x === table && i === 0 ? 'tables' : 'others');
        });
    }
    return uses;
}
/**
 * The parameters of a network that are quantized, with their forms. `aliases` gives parameters further names (a tied head).
 * Errors: `weights.quantize` for a skip that names nothing, with the nearest name.
 */
export function quantizePlan(network, settings, aliases = {}) {
    const language = 'language_model' in network ? network.language_model : network;
    const capacity = Math.min(language.config.max_position_embeddings, 128);
    const decoding = usesOf(Object.values(decodeGraph(network, language, capacity)));
    const seeing = 'language_model' in network ? usesOf([network.see()]) : new Map();
    const skipped = skips(network.parameters(), settings.skip, aliases);
    const embedding = language.model.embed_tokens.weight;
    const head = language.lm_head?.weight ?? embedding;
    const plan = new Map();
    for (const p of network.parameters()) {
        const [outputs = 0, inputs = 0] = p.dims;
        if (skipped.has(p) || p.dims.length !== 2 || Math.min(outputs, inputs) < LEAST)
            continue;
        const [inText, inVision] = [decoding.get(p), seeing.get(p)];
        if (inText?.others || inVision?.others)
            continue;
        const forms = {};
        const bits = bitsOf(p, inText, { head, embedding, settings });
        if (bits && inputs % settings.blockSize === 0)
            forms.blocks = { bits, block: settings.blockSize };
        const multiplied = (inText?.products ?? 0) > 0 || (inVision?.products ?? 0) > 0;
        const table = (inText?.tables ?? 0) > 0 || (inVision?.tables ?? 0) > 0;
        if (settings.activations === 'int8' && multiplied && (!table || forms.blocks))
            forms.channels = true;
        if (forms.blocks || forms.channels)
            plan.set(p, forms);
    }
    return plan;
}
/** Bits of a matrix of the language model. Head and embedding that are one matrix take what both allow. */
function bitsOf(p, uses, { head, embedding, settings }) {
    const { bits, headBits, embeddingBits } = settings;
    if (p === head && p === embedding)
        return headBits === null || embeddingBits === null ? undefined : Math.max(headBits, embeddingBits);
    if (p === head)
        return headBits ?? undefined;
    if (p === embedding)
        return embeddingBits ?? undefined;
    return uses && uses.products > 0 && uses.tables === 0 ? bits : undefined;
}
/** The parameters that patterns name. */
function skips(parameters, patterns, aliases) {
    const namesOf = new Map(parameters.map((p) => [p, [p.name]]));
    for (const [a, b] of Object.entries(aliases))
        for (const [p, names] of namesOf) {
            if (p.name === b)
                names.push(a);
            if (p.name === a)
                names.push(b);
        }
    const found = new Set();
    for (const pattern of patterns) {
        const before = found.size;
        const parts = pattern.split('.').map((part) => new RegExp(`^${part.replace(/[\\^$+?()[\]{}|]/g, '\\$&').replaceAll('*', '.*')}$`));
        const matches = (name) => {
            const own = name.split('.');
            return own.some((_, start) => start + parts.length <= own.length && parts.every((part, i) => part.test(own[start + i])));
        };
        let any = false;
        for (const [p, names] of namesOf)
            if (names.some(matches)) {
                any = true;
                found.add(p);
            }
        if (any || found.size > before)
            continue;
        const known = new Set([...namesOf.values()].flat().flatMap((name) => [name.replace(/\.weight$/, ''), ...name.split('.')]));
        const close = nearest(pattern, known);
        throw new SensoriumError('weights.quantize', 'no parameter has this name', {
            place: 'skip',
            got: JSON.stringify(pattern),
            hint: close ? `The nearest is ${close}` : undefined,
        });
    }
    return found;
}
//# sourceMappingURL=quantize-plan.js.map