// Quantizing a model folder: tensor by tensor from safetensors to safetensors, so that memory does not grow with the model.
import { copyFile, cp, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fillChannels, quantizeBlocks } from '../graph/index.js';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, writeAtomic, writeFolderAtomic } from '../util/fs.js';
import { hostTensor } from '../util/host.js';
import { FILES, openNetwork } from './index.js';
import { quantizePlan, quantizeSettings } from './quantize-plan.js';
import { quantizationConfig, readQuantization, SUFFIXES } from './quantized.js';
import { SafetensorsWriter, TensorReader, tensorSize } from './quantized-stream.js';
import { checkTarget } from './target.js';
/** Weights in any layout, and what indexes them: replaced by the new file. */
const WEIGHT_FILES = /\.(safetensors|bin|pt|pth|gguf|onnx|onnx_data|msgpack|h5|ckpt)$|\.(safetensors|bin)\.index\.json$/;
/**
 * Writes a quantized copy of a model folder that `Mllm.load` reads. The new folder appears whole or not at all.
 * Errors: `weights.quantize` for options, for models that are quantized already or of another kind, and for an `out` that is the
 * model itself or holds something else; `weights.*`, `model.*`, `util.full` when the disk is.
 */
export async function quantizeFolder(dir, out, options = {}) {
    const settings = quantizeSettings(options);
    await checkTarget(dir, out, { code: 'weights.quantize', hint: 'The float weights are needed to quantize in another way later' });
    const place = join(dir, FILES.config);
    const opened = await openNetwork(dir, {
        check: (given, family) => {
            if (readQuantization(given, place))
                throw new SensoriumError('weights.quantize', 'this model is quantized already', {
                    place,
                    expected: 'float weights',
                    got: 'quantization_config',
                    hint: 'Quantize the model that it was made from',
                });
            if (family.kind !== 'causal' && family.kind !== 'multimodal')
                throw new SensoriumError('weights.quantize', 'models of this kind are not quantized', {
                    place,
                    expected: 'a causal or multimodal model',
                    got: `${family.architectures[0]}, ${family.kind === 'encoder' ? 'an' : 'a'} ${family.kind} model`,
                });
        },
    });
    const { family, raw, names, tied, match, file: source } = opened;
    const network = opened.network;
    if ('language_model' in network && !('overCache' in network.language_model))
        throw new SensoriumError('weights.quantize', 'models over an encoder-decoder are not quantized', {
            place,
            expected: 'a language model that is a decoder alone',
            got: family.architectures[0],
        });
    const forms = new Map();
    const dropped = new Set();
    for (const [p, form] of quantizePlan(network, settings, tied)) {
        const inFile = names.toFile(match.get(p.name));
        forms.set(inFile, form);
        // A second copy of a tied matrix would be read in its place.
        for (const [a, b] of Object.entries(tied))
            for (const other of [a, b]) {
                const name = names.toFile(other);
                if ([a, b].includes(match.get(p.name)) && name !== inFile && source.tensors.has(name))
                    dropped.add(name);
            }
    }
    const bytesBefore = [...source.tensors.values()].reduce((n, t) => n + tensorSize(t), 0);
    const kept = [...source.tensors.values()].filter((t) => !forms.has(t.name) && !dropped.has(t.name));
    const announced = [...kept, ...[...forms].flatMap(([name, form]) => packedTensors(source.tensors.get(name), form))];
    await writeFolderAtomic(out, async (folder) => {
        await copyOthers(dir, folder);
        const { bits, blockSize, accuracyLevel, activations, headBits, embeddingBits, skip } = settings;
        const block = quantizationConfig({
            ...{
                bits,
                activations,
                skip,
                block_size: blockSize,
                accuracy_level: accuracyLevel,
                head_bits: headBits,
                embedding_bits: embeddingBits,
            },
        });
        await writeAtomic(join(folder, FILES.config), `${JSON.stringify({ ...raw, quantization_config: block }, null, 2)}\n`);
        await writeTensors(join(folder, FILES.weights), source, {
            ...{ announced, forms, kept, total: bytesBefore, signal: options.signal, onProgress: options.onProgress },
        });
    });
    const bytesAfter = announced.reduce((n, t) => n + tensorSize(t), 0);
    return { dir: out, settings, quantized: forms.size, copied: kept.length, bytesBefore, bytesAfter };
}
/** What a matrix becomes in the file. */
function packedTensors({ name, shape }, { blocks, channels }) {
    const [outputs = 0, inputs = 0] = shape;
    const tensors = [];
    if (blocks) {
        const { bits, block } = blocks;
        tensors.push({ name: name + SUFFIXES[bits], dtype: 'uint8', shape: [outputs, inputs / block, (block * bits) / 8] });
        tensors.push({ name: name + SUFFIXES.scales, dtype: 'float32', shape: [outputs, inputs / block] });
    }
    if (channels) {
        tensors.push({ name: name + SUFFIXES.channels, dtype: 'int8', shape: [inputs, outputs] });
        tensors.push({ name: name + SUFFIXES.channelScales, dtype: 'float32', shape: [outputs] });
    }
    return tensors;
}
/** Folders of a model that belong to its tokenizer and templates; others may hold anything (graphs, checkpoints). */
const FOLDERS = new Set(['additional_chat_templates', 'qformer_tokenizer']);
/** Tokenizer, templates, processors, licences: everything but weights and config.json. */
async function copyOthers(dir, folder) {
    for (const name of await readdir(dir)) {
        if (name === FILES.config || WEIGHT_FILES.test(name))
            continue;
        try {
            if ((await stat(join(dir, name))).isFile())
                await copyFile(join(dir, name), join(folder, name));
            else if (FOLDERS.has(name))
                await cp(join(dir, name), join(folder, name), { recursive: true, dereference: true });
        }
        catch (error) {
            throw mapIoError(error, join(dir, name));
        }
    }
}
async function writeTensors(path, source, work) {
    const { forms, kept, total, signal, onProgress } = work;
    const reader = new TensorReader(source);
    const writer = await SafetensorsWriter.create(path, work.announced);
    let done = 0;
    const finish = (name) => {
        done += tensorSize(source.tensors.get(name));
        onProgress?.({ name, done, total });
    };
    try {
        for (const { name } of kept) {
            let at = 0;
            for await (const piece of reader.bytes(name)) {
                signal?.throwIfAborted();
                await writer.write(name, piece, at);
                at += piece.length;
            }
            finish(name);
        }
        for (const [name, form] of forms) {
            await packMatrix(name, form, { source, reader, writer, signal });
            finish(name);
        }
        await writer.close();
    }
    catch (error) {
        await writer.abandon().catch(() => undefined); // the first error is the one to tell
        throw error;
    }
    finally {
        await reader.close();
    }
}
function allFinite(values) {
    // A sum is finite when its terms are, and not when one of them is not; 64 bits hold any sum of 32-bit floats.
    let sum = 0;
    for (let i = 0; i < values.length; i++)
        sum += values[i];
    return Number.isFinite(sum);
}
async function packMatrix(name, { blocks, channels }, { source, reader, writer, signal }) {
    const [outputs = 0, inputs = 0] = source.tensors.get(name).shape;
    // Transposed, so it is written when it is whole: the largest matrix of a 7B model takes 45 MB in eight bits.
    const whole = channels ? { codes: hostTensor('int8', [inputs, outputs]), scales: hostTensor('float32', [outputs]) } : undefined;
    for await (const { first, rows } of reader.rows(name)) {
        signal?.throwIfAborted();
        if (!allFinite(rows.data))
            throw new SensoriumError('weights.quantize', 'a weight is not finite', {
                place: `${source.place}: ${name}`,
                hint: 'The checkpoint is broken: no scale can stand for it',
            });
        if (blocks) {
            const { packed, scales } = quantizeBlocks(rows, blocks);
            await writer.write(name + SUFFIXES[blocks.bits], packed.data, (first * inputs * blocks.bits) / 8);
            await writer.write(name + SUFFIXES.scales, scales.data, ((first * inputs) / blocks.block) * 4);
        }
        if (whole)
            fillChannels(rows.data, whole, first);
    }
    if (!whole)
        return;
    await writer.write(name + SUFFIXES.channels, whole.codes.data);
    await writer.write(name + SUFFIXES.channelScales, whole.scales.data);
}
//# sourceMappingURL=quantize.js.map