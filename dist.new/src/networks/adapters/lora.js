// LoRA on any linear layer of a network: what is asked for, and putting it there.
import { PackedTensor } from '../../graph/index.js';
import { Lora } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { assertMemory } from '../../util/memory.js';
import { Rng } from '../../util/rng.js';
import { show } from '../../util/show.js';
import { patternValue } from './patterns.js';
import { linearLayers, matchModules, matchTargets, withoutParts } from './targets.js';
/**
 * Low-rank adapters (Hu et al. 2021) as peft describes them. Errors: `adapter.spec` for a value out of range.
 * @example lora({ rank: 16, targets: ['q_proj', 'v_proj'] })
 */
export function lora(request) {
    const spec = {
        kind: 'lora',
        alpha: 8,
        dropout: 0,
        rslora: false,
        dora: false,
        exclude: [],
        modulesToSave: [],
        rankPattern: {},
        alphaPattern: {},
        ...request,
    };
    const check = (key, ok, expected, got) => {
        if (ok)
            return;
        throw new SensoriumError('adapter.spec', 'a value of a low-rank adapter is out of range', {
            place: `lora: ${key}`,
            expected,
            got: show(got),
        });
    };
    const isRank = (r) => Number.isSafeInteger(r) && r > 0;
    const isPositive = (a) => typeof a === 'number' && a > 0 && Number.isFinite(a);
    const isNames = (n) => Array.isArray(n) && n.every((name) => typeof name === 'string' && name !== '');
    check('rank', isRank(spec.rank), 'a positive whole number', spec.rank);
    check('alpha', isPositive(spec.alpha), 'a positive number', spec.alpha);
    check('dropout', spec.dropout >= 0 && spec.dropout < 1, 'a share from 0 to below 1', spec.dropout);
    const isPattern = (t) => (typeof t === 'string' && t !== '') || isNames(t);
    check('targets', isPattern(spec.targets), "names of linear layers, a regular expression or 'all-linear'", spec.targets);
    check('exclude', isPattern(spec.exclude), 'names of linear layers or a regular expression', spec.exclude);
    check('modulesToSave', isNames(spec.modulesToSave), 'names of modules', spec.modulesToSave);
    const isLayers = (l) => Array.isArray(l) && l.every((n) => Number.isSafeInteger(n) && n >= 0);
    check('layers', spec.layers === undefined || isLayers(spec.layers), 'numbers of layers', spec.layers);
    for (const [key, rank] of Object.entries(spec.rankPattern))
        check(`rankPattern: ${key}`, isRank(rank), 'a positive whole number', rank);
    for (const [key, alpha] of Object.entries(spec.alphaPattern))
        check(`alphaPattern: ${key}`, isPositive(alpha), 'a positive number', alpha);
    return spec;
}
/**
 * Puts low-rank adapters on the linear layers that `spec` names. Every graph traced from the network afterwards has them; their
 * parameters are named `LAYER.lora_A.weight`, `LAYER.lora_B.weight` and `LAYER.lora_magnitude_vector`. Call it on a network whose
 * parameters are named. Errors: `adapter.target`, `adapter.pattern`, `adapter.exists` for layers that have one, `adapter.quantized` for
 * DoRA on a quantized weight, `util.memory`.
 */
export function attachLora(network, asked, { seed, values }) {
    const spec = { ...asked, targets: withoutParts(network, asked.targets) };
    const options = new Map();
    const linears = matchTargets(network, spec);
    for (const [path, linear] of linears) {
        const rank = patternValue(spec.rankPattern, path, 'rankPattern') ?? spec.rank;
        const alpha = patternValue(spec.alphaPattern, path, 'alphaPattern') ?? spec.alpha;
        options.set(path, { rank, alpha, rslora: spec.rslora, dora: spec.dora, dropout: spec.dropout });
        if (spec.dora)
            requireFloat(path, linear, values);
    }
    assertRank(spec.rank, linears);
    const saved = matchModules(network, spec.modulesToSave);
    const layers = placeLoras(network, options);
    const root = new Rng(seed).fork('init');
    const first = new Map();
    for (const { adapter, weight } of layers.values())
        for (const p of adapter.parameters()) {
            const value = hostTensor('float32', p.dims);
            if (p === adapter.lora_magnitude_vector)
                value.data.set(rowLengths(values?.get(weight)));
            else
                p.init(value.data, p.dims, root.fork(p.name));
            first.set(p, value);
        }
    return attachedLora({ spec, layers, saved, values: first });
}
/** Throws `adapter.rank` for a rank above that of every layer: it is a slip, and computing with it would take for ever. */
function assertRank(rank, linears) {
    const full = [...linears].reduce((most, [, { inputs, outputs }]) => Math.max(most, Math.min(inputs, outputs)), 0);
    if (rank <= full)
        return;
    throw new SensoriumError('adapter.rank', 'the rank is larger than that of any layer with an adapter', {
        place: 'rank',
        expected: `at most ${full}`,
        got: String(rank),
        hint: 'Ranks from 4 to 64 are usual',
    });
}
/**
 * Puts one low-rank adapter on each of some linear layers, by path. Errors: `adapter.exists`, `util.memory`; then nothing is changed.
 */
export function placeLoras(network, options) {
    const all = linearLayers(network);
    const made = [];
    const assertRoom = (bytes) => assertMemory(bytes, { place: `low-rank adapters on ${options.size} layers`, hint: 'Choose a smaller rank or fewer layers' });
    let bytes = 0;
    for (const [path, own] of options) {
        const linear = all.get(path);
        if (linear.adapter)
            throw new SensoriumError('adapter.exists', 'this layer has an adapter already', {
                place: path,
                hint: 'Merge the first one into the weights, or train it on',
            });
        bytes += 4 * own.rank * (linear.inputs + linear.outputs);
        assertRoom(bytes);
        made.push([path, linear, new Lora(linear.inputs, linear.outputs, own)]);
    }
    for (const [, linear, adapter] of made)
        linear.adapter = adapter;
    return new Map(made.map(([path, linear]) => [path, linear]));
}
/** An adapter with what follows from its parts. */
export function attachedLora(o) {
    const parameters = [...o.layers.values()].flatMap(({ adapter }) => adapter?.parameters() ?? []);
    const trained = [...new Set([...parameters, ...[...o.saved.values()].flatMap((module) => module.parameters())])];
    return { ...o, parameters, trained, count: trained.reduce((n, p) => n + p.count, 0) };
}
/** Takes the adapters off again. */
export function detachLora({ layers }) {
    for (const linear of layers.values())
        linear.adapter = undefined;
}
function requireFloat(path, { weight }, values) {
    const value = values?.get(weight);
    if (value && !(value instanceof PackedTensor))
        return;
    throw new SensoriumError('adapter.quantized', 'DoRA needs the weights as floats, for it goes by the lengths of their rows', {
        place: path,
        expected: 'float32 values',
        got: value ? 'a quantized weight' : 'no values',
        hint: value ? 'Take LoRA (dora: false), or the model before it was quantized' : 'Pass the values of the network',
    });
}
/** Lengths of the rows of a matrix. */
function rowLengths({ shape, data }) {
    const [rows, width] = shape;
    return Float32Array.from({ length: rows }, (_, row) => {
        let sum = 0;
        for (let i = row * width; i < (row + 1) * width; i++)
            sum += data[i] ** 2;
        return Math.sqrt(sum);
    });
}
//# sourceMappingURL=lora.js.map