// Folders that hold a model in another form than config.json and safetensors: what they are, and where the usual form is to be had.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, readJson } from '../util/fs.js';
/** What a file name shows of a folder. The first row that fits one of the files counts. */
const FORMS = [
    [/^model_index\.json$/, 'a diffusion pipeline, which makes images', 'No model here makes images'],
    [
        /^adapter_(config\.json|model\.(safetensors|bin))$/,
        'a PEFT adapter, which is part of a model',
        'Merge it in Python: AutoPeftModelForCausalLM.from_pretrained(dir).merge_and_unload().save_pretrained(out)',
    ],
    [
        /\.gguf$/,
        'a GGUF file, the form of llama.cpp',
        'Take the float checkpoint that it was made from, and run: sensorium quantize MODEL --out DIR',
    ],
    [
        /\.(onnx|onnx_data)$|^onnx$/,
        'an ONNX graph without its weights',
        'Take the checkpoint that it was exported from, with model.safetensors',
    ],
    [
        /^(consolidated.*\.(pth|safetensors)|params\.json)$/,
        "a checkpoint in its makers' own layout",
        'Take the one in Hugging Face layout, often the same name with -hf, or convert it with the script of transformers (convert_…_to_hf.py)',
    ],
    [
        /^open_clip_(config\.json|pytorch_model\.bin|model\.safetensors)$/,
        'a checkpoint of open_clip',
        'Take the one that has config.json with CLIPModel',
    ],
    [/^(modules|config_sentence_transformers)\.json$/, 'a model of sentence-transformers', 'Texts and images are embedded by a CLIP here'],
    [/^(weights.*\.npz|.*\.npz)$/, 'a model of MLX', 'Take the checkpoint that it was made from'],
    [
        /^(tf_model\.h5|saved_model\.pb|.*\.tflite)$/,
        'a TensorFlow model',
        'Convert it in Python: AutoModel.from_pretrained(dir, from_tf=True).save_pretrained(dir)',
    ],
    [/^flax_model.*\.msgpack$/, 'a Flax model', 'Convert it in Python: AutoModel.from_pretrained(dir, from_flax=True).save_pretrained(dir)'],
    [/\.mlmodel$|\.mlpackage$/, 'a Core ML model', 'Take the checkpoint that it was made from'],
    [/\.engine$|\.plan$/, 'a TensorRT engine', 'Take the checkpoint that it was made from'],
    [
        /\.(bin|pt|pth|ckpt|pkl)$/,
        'a pickle, which can run code when it is read',
        'Convert it in Python: AutoModel.from_pretrained(dir).save_pretrained(dir, safe_serialization=True)',
    ],
];
/** The error for a folder of another form; undefined where nothing of the kind is there. Errors: `util.*` when it cannot be listed. */
export async function foreignFolder(dir, missing) {
    const files = await readdir(dir).catch((error) => {
        throw mapIoError(error, dir);
    });
    for (const [pattern, what, hint] of FORMS) {
        const file = files.sort().find((name) => pattern.test(name));
        if (file === undefined)
            continue;
        const base = file.startsWith('adapter_') ? await baseOf(join(dir, 'adapter_config.json')) : undefined;
        return new SensoriumError('weights.folder', 'this folder holds a model in another form', {
            place: join(dir, file),
            expected: missing,
            got: what,
            hint: base === undefined ? hint : `It adapts ${base}. ${hint}`,
        });
    }
    return undefined;
}
/** The model that an adapter was made for. */
async function baseOf(path) {
    try {
        const { base_model_name_or_path: base } = await readJson(path);
        return typeof base === 'string' ? base : undefined;
    }
    catch (error) {
        // The folder is refused anyway; a broken or missing config only leaves the name out.
        if (error instanceof SensoriumError)
            return undefined;
        throw error;
    }
}
/** Ways of others to quantize, by `quant_method` in config.json: how they are called. */
const METHODS = {
    gptq: 'GPTQ',
    awq: 'AWQ',
    bitsandbytes: 'bitsandbytes',
    fp8: 'FP8 blocks',
    fbgemm_fp8: 'FP8 (FBGEMM)',
    'compressed-tensors': 'compressed-tensors (llm-compressor)',
    mxfp4: 'MXFP4',
    modelopt: 'NVIDIA ModelOpt',
    hqq: 'HQQ',
    aqlm: 'AQLM',
    quanto: 'Quanto',
    torchao: 'torchao',
    eetq: 'EETQ',
    quark: 'Quark',
    vptq: 'VPTQ',
    spqr: 'SpQR',
    higgs: 'HIGGS',
    'auto-round': 'AutoRound',
    bitnet: 'BitNet',
};
/** The error for weights that somebody else's program has quantized. `block` is what config.json says of it. */
export function foreignQuantization(block, place, ours) {
    const method = block.quant_method;
    const known = typeof method === 'string' ? METHODS[method] : undefined;
    const mlx = method === undefined && 'group_size' in block && 'bits' in block;
    return new SensoriumError('weights.quantization', 'the weights are quantized in a way that cannot be read', {
        place,
        expected: `quant_method '${ours}'`,
        got: mlx ? 'the quantization of MLX' : typeof method === 'string' ? `'${method}'${known ? `, ${known}` : ''}` : 'none',
        hint: 'Take the float checkpoint that they were made from, and run: sensorium quantize MODEL --out DIR',
    });
}
//# sourceMappingURL=foreign.js.map