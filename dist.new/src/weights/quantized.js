// Quantized checkpoints: how packed matrices are named in safetensors, what config.json says of them, and how they are read as parameters.
import { PackedTensor } from '../graph/index.js';
import { SensoriumError } from '../util/errors.js';
import { alignedArray } from '../util/host.js';
import { foreignQuantization } from './foreign.js';
import { dictionary } from './source.js';
/** `quant_method` of our own. */
export const QUANT_METHOD = 'sensorium';
/** Of the layout below; readers refuse newer ones. */
const VERSION = 1;
/**
 * What follows the name of a parameter [outputs, inputs]. Blocks: `int4` or `int8`, uint8 [outputs, inputs / block, block * bits / 8],
 * with `scales`, float32 [outputs, inputs / block]. Channels: `channels`, int8 [inputs, outputs], with `channel_scales`, float32 [outputs].
 */
export const SUFFIXES = {
    4: '.int4',
    8: '.int8',
    scales: '.scales',
    channels: '.channels',
    channelScales: '.channel_scales',
};
/**
 * The quantization that a config.json tells of; undefined for a float model.
 * Errors: `weights.quantization` for other methods (GPTQ, AWQ, bitsandbytes) and for versions that are newer than this program.
 */
export function readQuantization(config, place) {
    // MLX writes `quantization`, and `quantization_config` with the same.
    const [key, block] = config.quantization_config
        ? ['quantization_config', config.quantization_config]
        : ['quantization', config.quantization];
    if (block === undefined || block === null)
        return undefined;
    if (typeof block !== 'object')
        throw foreignQuantization({ quant_method: block }, `${place}: ${key}`, QUANT_METHOD);
    if (Object.keys(block).length === 0)
        return undefined;
    const { quant_method: method, version } = block;
    if (method !== QUANT_METHOD)
        throw foreignQuantization(block, `${place}: ${key}`, QUANT_METHOD);
    if (version !== VERSION)
        throw new SensoriumError('weights.quantization', 'the quantized weights are of another version', {
            place: `${place}: quantization_config.version`,
            expected: String(VERSION),
            got: JSON.stringify(version) ?? 'nothing',
            hint: 'Quantize the float model again with this program',
        });
    return { ...block };
}
/** The block for a new folder. */
export function quantizationConfig(options) {
    return { quant_method: QUANT_METHOD, version: VERSION, ...options };
}
/**
 * A quantized checkpoint under the names of its float model: packed matrices appear as float32 tensors and are read as `PackedTensor`s,
 * which keep their packed form whatever type is asked for. Those of one module lie one after the other in memory, so that q, k and v
 * are joined without a copy. Errors: `weights.format` for packed tensors whose shapes contradict each other.
 */
export function quantizedSource(source, { accuracy_level: level }) {
    const entries = new Map();
    const used = new Set();
    const shapeOf = (name) => source.tensors.get(name)?.shape ?? [];
    const bad = (name, expected) => new SensoriumError('weights.format', 'a packed tensor does not fit its scales', {
        place: `${source.place}: ${name}`,
        expected,
        got: `[${shapeOf(name).join(',')}]`,
        hint: 'The file is damaged or was written by something else: quantize the model again',
    });
    for (const name of source.tensors.keys()) {
        for (const bits of [4, 8]) {
            if (!name.endsWith(SUFFIXES[bits]))
                continue;
            const base = name.slice(0, -SUFFIXES[bits].length);
            const [outputs = 0, blocks = 0, bytes = 0] = shapeOf(name);
            if (shapeOf(base + SUFFIXES.scales).join() !== [outputs, blocks].join())
                throw bad(name, `${base}${SUFFIXES.scales} with the same rows`);
            const block = (bytes * 8) / bits;
            entries.set(base, { ...entries.get(base), shape: [outputs, blocks * block], bits, block });
            used.add(name).add(base + SUFFIXES.scales);
        }
        if (name.endsWith(SUFFIXES.channels)) {
            const base = name.slice(0, -SUFFIXES.channels.length);
            const [inputs = 0, outputs = 0] = shapeOf(name);
            if (shapeOf(base + SUFFIXES.channelScales).join() !== String(outputs))
                throw bad(name, `${base}${SUFFIXES.channelScales} [${outputs}]`);
            entries.set(base, { shape: [outputs, inputs], ...entries.get(base), channels: true });
            used.add(name).add(base + SUFFIXES.channelScales);
        }
    }
    const tensors = new Map();
    for (const [name, info] of source.tensors)
        if (!used.has(name))
            tensors.set(name, info);
    for (const [name, { shape }] of entries)
        tensors.set(name, { name, dtype: 'float32', shape });
    /** Packed tensors of one module, in neighbouring memory. */
    async function readModule(names) {
        const of = (name) => entries.get(name);
        const size = (suffix) => names.reduce((n, name) => n + (of(name).bits ? shapeOf(name + suffix(of(name))).reduce((a, b) => a * b, 1) : 0), 0);
        const codes = alignedArray('uint8', size((e) => SUFFIXES[e.bits]));
        const scales = alignedArray('float32', size(() => SUFFIXES.scales));
        let [atCode, atScale] = [0, 0];
        const out = [];
        for (const name of names) {
            const { shape, bits, block, channels } = of(name);
            const form = {};
            if (bits && block) {
                const packed = (await source.read(name + SUFFIXES[bits]));
                const scale = (await source.read(name + SUFFIXES.scales));
                codes.set(packed.data, atCode);
                scales.set(scale.data, atScale);
                form.blocks = {
                    ...{ bits, block, outputs: shape[0], inputs: shape[1] },
                    packed: { ...packed, data: codes.subarray(atCode, atCode + packed.data.length) },
                    scales: { ...scale, data: scales.subarray(atScale, atScale + scale.data.length) },
                };
                atCode += packed.data.length;
                atScale += scale.data.length;
            }
            if (channels)
                form.channels = {
                    codes: (await source.read(name + SUFFIXES.channels)),
                    scales: (await source.read(name + SUFFIXES.channelScales)),
                };
            out.push(new PackedTensor(shape, { ...form, level }));
        }
        return out;
    }
    return {
        place: source.place,
        tensors,
        unsupported: source.unsupported,
        read: async (name, options) => (entries.has(name) ? (await readModule([name]))[0] : source.read(name, options)),
        readMany: async (names, options) => {
            const modules = new Map();
            for (const name of names) {
                if (!entries.has(name))
                    continue;
                const module = name.split('.').slice(0, -2).join('.');
                modules.set(module, [...(modules.get(module) ?? []), name]);
            }
            const read = dictionary();
            Object.assign(read, await source.readMany(names.filter((name) => !entries.has(name)), options));
            for (const members of modules.values()) {
                options?.signal?.throwIfAborted();
                const packed = await readModule(members);
                for (const [i, name] of members.entries())
                    read[name] = packed[i];
            }
            const out = dictionary();
            for (const name of names)
                out[name] = read[name];
            return out;
        },
        locate: (name) => (entries.has(name) ? undefined : source.locate(name)),
    };
}
//# sourceMappingURL=quantized.js.map