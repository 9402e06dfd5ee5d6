// A decoder-only language model as llama.cpp has it: its metadata, its names of the tensors, and the order of rotary pairs.
import { windowOf } from '../../networks/index.js';
import { BLOCK } from './fewer-bits.js';
import { languageOf, unsupported } from './source.js';
/** `general.file_type` of each. */
export const FILE_TYPE = { f32: 0, f16: 1, q4_0: 2, q8_0: 7 };
/** Families by `model_type`: llama.cpp's name, and whether it turns neighbouring pairs where transformers turns halves. */
const FAMILIES = {
    llama: { arch: 'llama', pairs: true },
    mistral: { arch: 'llama', pairs: true },
    qwen2: { arch: 'qwen2', pairs: false },
    qwen3: { arch: 'qwen3', pairs: false },
};
/** The `model_type`s that can be written. */
export const GGUF_LANGUAGES = Object.keys(FAMILIES);
/** Metadata and tensors of the language model of a source. Errors: `weights.export` for what llama.cpp computes otherwise. */
export function ggufLanguage(source, weights) {
    const language = languageOf(source, GGUF_LANGUAGES);
    const { config } = language;
    checkWindows(config, source.dir);
    if (config.model_type === 'qwen3' && language.parameters().some((p) => p.name.endsWith('.bias')))
        throw unsupported(source.dir, 'a Qwen3 without biases', 'attention_bias in config.json');
    const { arch, pairs } = FAMILIES[config.model_type];
    const key = (name) => `${arch}.${name}`;
    const rope = ropeScaling(config, arch, source.dir);
    return {
        config,
        metadata: {
            'general.architecture': arch,
            'general.file_type': FILE_TYPE[weights],
            'general.quantization_version': 2,
            [key('vocab_size')]: config.vocab_size,
            [key('context_length')]: config.max_position_embeddings,
            [key('embedding_length')]: config.hidden_size,
            [key('block_count')]: config.num_hidden_layers,
            [key('feed_forward_length')]: config.intermediate_size,
            [key('attention.head_count')]: config.num_attention_heads,
            [key('attention.head_count_kv')]: config.num_key_value_heads,
            [key('attention.key_length')]: config.head_dim,
            [key('attention.value_length')]: config.head_dim,
            [key('attention.layer_norm_rms_epsilon')]: { float32: config.rms_norm_eps },
            [key('rope.dimension_count')]: config.head_dim,
            [key('rope.freq_base')]: { float32: config.rope_theta },
            ...rope.metadata,
        },
        tensors: [...tensorsOf(language, { source, weights, pairs }), ...rope.tensors],
    };
}
/** llama.cpp lets these families see everything. */
function checkWindows(config, dir) {
    for (let layer = 0; layer < config.num_hidden_layers; layer++) {
        const window = windowOf(config, layer);
        if (window !== undefined && window < config.max_position_embeddings)
            throw unsupported(dir, 'attention over the whole context', `a window of ${window} tokens in layer ${layer}`, 'Its long texts would come out otherwise');
    }
}
function tensorsOf(language, { source, weights, pairs }) {
    const { num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim: size } = language.config;
    return language.parameters().map((p) => {
        const turned = !pairs
            ? undefined
            : /q_proj\.(weight|bias)$/.test(p.name)
                ? heads
                : /k_proj\.(weight|bias)$/.test(p.name)
                    ? kvHeads
                    : undefined;
        return {
            name: ggufName(p),
            shape: p.dims,
            type: matrixType(p.dims, weights, /(embed_tokens|lm_head)\.weight$/.test(p.name)),
            data: async () => {
                const { data } = await source.read(p);
                return turned === undefined ? data : asPairs(data, { heads: turned, size });
            },
        };
    });
}
const PARTS = {
    'self_attn.q_proj': 'attn_q',
    'self_attn.k_proj': 'attn_k',
    'self_attn.v_proj': 'attn_v',
    'self_attn.o_proj': 'attn_output',
    'self_attn.q_norm': 'attn_q_norm',
    'self_attn.k_norm': 'attn_k_norm',
    'mlp.gate_proj': 'ffn_gate',
    'mlp.up_proj': 'ffn_up',
    'mlp.down_proj': 'ffn_down',
    input_layernorm: 'attn_norm',
    post_attention_layernorm: 'ffn_norm',
};
/** llama.cpp's name of a parameter. */
function ggufName({ name }) {
    const layer = /layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name);
    if (layer)
        return `blk.${layer[1]}.${PARTS[layer[2]]}.${layer[3]}`;
    if (name.endsWith('embed_tokens.weight'))
        return 'token_embd.weight';
    return name.endsWith('lm_head.weight') ? 'output.weight' : 'output_norm.weight';
}
/** Matrices in the type that was asked for, as far as rows divide into blocks; embeddings and head not below eight bits; vectors in float32. */
function matrixType(shape, weights, outer) {
    if (shape.length < 2 || weights === 'f32')
        return 'F32';
    if (weights === 'f16' || shape.at(-1) % BLOCK !== 0)
        return 'F16';
    return weights === 'q8_0' || outer ? 'Q8_0' : 'Q4_0';
}
/**
 * Rows of each head in the order in which llama.cpp's LLaMA turns them: i and i + 1 are a pair there, i and i + size / 2 here.
 * Queries and keys are permuted alike, so their products stay what they were.
 */
export function asPairs(rows, { heads, size }) {
    const width = rows.length / (heads * size);
    const out = new Float32Array(rows.length);
    for (let h = 0; h < heads; h++)
        for (let i = 0; i < size; i++) {
            const from = h * size + (i % 2) * (size / 2) + (i >> 1);
            out.set(rows.subarray(from * width, (from + 1) * width), (h * size + i) * width);
        }
    return out;
}
/** The stretched rotary positions of a config; LLaMA 3's are a tensor of divisors. */
function ropeScaling(c, arch, dir) {
    const s = c.rope_scaling;
    const key = (name) => `${arch}.rope.scaling.${name}`;
    switch (s?.rope_type) {
        case undefined:
            return { metadata: {}, tensors: [] };
        case 'linear':
            return { metadata: { [key('type')]: 'linear', [key('factor')]: { float32: s.factor } }, tensors: [] };
        case 'yarn': {
            const { attention_factor, mscale, mscale_all_dim, truncate } = s;
            if (attention_factor || mscale || mscale_all_dim || truncate === false)
                throw unsupported(dir, 'YaRN with its usual amplitude', 'attention_factor, mscale or truncate in rope_scaling');
            return {
                metadata: {
                    [key('type')]: 'yarn',
                    [key('factor')]: { float32: s.factor },
                    [key('original_context_length')]: s.original_max_position_embeddings ?? c.max_position_embeddings,
                    [key('yarn_beta_fast')]: { float32: s.beta_fast || 32 },
                    [key('yarn_beta_slow')]: { float32: s.beta_slow || 1 },
                },
                tensors: [],
            };
        }
        case 'llama3': {
            const divisors = Float32Array.from({ length: c.head_dim / 2 }, (_, i) => {
                const turns = (s.original_max_position_embeddings * c.rope_theta ** ((-2 * i) / c.head_dim)) / (2 * Math.PI);
                const blend = Math.min(1, Math.max(0, (turns - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor)));
                return 1 / ((1 - blend) / s.factor + blend);
            });
            return { metadata: {}, tensors: [{ name: 'rope_freqs.weight', shape: [c.head_dim / 2], type: 'F32', data: () => divisors }] };
        }
        case 'dynamic':
            throw unsupported(dir, 'rotary positions that do not depend on the length', "rope_scaling 'dynamic'", "Set it to 'yarn' or 'linear' in config.json");
    }
}
//# sourceMappingURL=gguf-language.js.map