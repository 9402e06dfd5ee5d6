// The image side of a LLaVA as llama.cpp has it: an "mmproj" file with the CLIP or SigLIP tower up to the layer that is used, and the projector.
import { join } from 'node:path';
import { ClipVision, LlavaNetwork, LlavaTilesNetwork, MllmNetwork, MlpConnector, SiglipVision } from '../../networks/index.js';
import { FILES } from '../folder.js';
import { FILE_TYPE } from './gguf-language.js';
import { optionalJson, unsupported } from './source.js';
const OTHERWISE = 'For transformers.js any LLaVA 1.5 can be exported, since its graphs are complete: --to transformers-js';
const WANTED = 'a LLaVA of a CLIP or SigLIP tower and a projector of one or two layers';
/** Metadata and tensors of the mmproj file, and what is to be said of it. Errors: `weights.export` for towers and connectors that llama.cpp has no form for. */
export async function ggufClip(source, weights) {
    const { network, dir } = source;
    const { tower, layer, connector } = partsOf(source);
    const { config } = tower;
    const { mean, std } = await normalisation(dir, tower);
    const used = (name) => name.startsWith('multi_modal_projector.') ||
        /^vision_tower\.vision_model\.(embeddings|pre_layrnorm)\./.test(name) ||
        Number(/^vision_tower\.vision_model\.encoder\.layers\.(\d+)\./.exec(name)?.[1] ?? layer) < layer;
    return {
        metadata: {
            'general.architecture': 'clip',
            'general.file_type': FILE_TYPE[weights],
            'clip.has_text_encoder': false,
            'clip.has_vision_encoder': true,
            'clip.has_llava_projector': true,
            'clip.projector_type': 'mlp',
            'clip.use_gelu': GELU.includes(config.hidden_act), // quick_gelu where neither is set
            'clip.use_silu': config.hidden_act === 'silu',
            'clip.vision.image_size': config.image_size,
            'clip.vision.patch_size': config.patch_size,
            'clip.vision.embedding_length': config.hidden_size,
            'clip.vision.feed_forward_length': config.intermediate_size,
            'clip.vision.projection_dim': ('projection_dim' in config ? config.projection_dim : undefined) ?? connector.linear_1.outputs,
            'clip.vision.block_count': layer,
            'clip.vision.feature_layer': { int32s: [layer] },
            'clip.vision.attention.head_count': config.num_attention_heads,
            'clip.vision.attention.layer_norm_epsilon': { float32: config.layer_norm_eps },
            'clip.vision.image_mean': { float32s: mean },
            'clip.vision.image_std': { float32s: std },
        },
        tensors: network
            .parameters()
            .filter((p) => used(p.name))
            .map((p) => ({
            name: clipName(p.name),
            shape: p.dims,
            type: weights === 'f16' && p.dims.length > 1 && !p.name.includes('position_embedding') ? 'F16' : 'F32',
            data: async () => (await source.read(p)).data,
        })),
        notes: notesOf(source, tower),
    };
}
/**
 * Where llama.cpp (tools/mtmd: clip.cpp, mtmd.cpp, models/llava.cpp) falls short of a model. Tiles are not asked for (`image_grid_pinpoints`):
 * it puts them before the whole image or after, as the version goes, and never with the rows that end lines or without their padding.
 */
function notesOf({ network }, tower) {
    const { image_size: side } = tower.config;
    const tiles = `llama.cpp sees every image as one picture of ${side} x ${side}, without tiles: it has no form for the order of theirs`;
    const shifted = 'llama.cpp since its change 13321 takes the class token of any CLIP tower for the last patch (its issue 25814), so replies differ until that is mended';
    return [...(network instanceof LlavaTilesNetwork ? [tiles] : []), ...(tower.classTokens > 0 ? [shifted] : [])];
}
/** llama.cpp has the tanh form alone, which differs from the other in the fourth digit. */
const GELU = ['gelu', 'gelu_pytorch_tanh'];
/** The tower, the number of the hidden state that is projected, and the projector. */
function partsOf({ network, config, dir, family }) {
    const c = config;
    if (!(network instanceof LlavaNetwork || network instanceof MllmNetwork))
        throw unsupported(dir, WANTED, family.modelType);
    const { vision: tower, multi_modal_projector: connector } = network;
    const wrong = (got) => {
        throw unsupported(dir, WANTED, got, OTHERWISE);
    };
    if (!(tower instanceof ClipVision || tower instanceof SiglipVision))
        return wrong('another tower');
    if ('stem_channels' in tower.config && tower.config.stem_channels)
        return wrong('a convolutional stem in place of patches');
    if (!(connector instanceof MlpConnector))
        return wrong('another connector');
    if (connector.config.shuffle !== 1)
        return wrong('a connector that puts tokens together');
    const { hidden_act: act, hidden_size, intermediate_size } = tower.config;
    if (act !== 'quick_gelu' && act !== 'silu' && !GELU.includes(act))
        return wrong(`${act} in the tower`);
    // Old files had these two exchanged; where the sizes do not tell, it takes them for such.
    if (intermediate_size === hidden_size)
        return wrong('a tower whose feed-forward is as wide as itself');
    if (!GELU.includes(c.projector_hidden_act))
        return wrong(`${c.projector_hidden_act} in the projector`);
    if (connector.config.bias === false)
        return wrong('a projector without biases');
    const first = c.vision_feature_select_strategy === 'default' ? 1 : 0; // llama.cpp leaves the class token out, and nothing else
    if (first !== tower.classTokens)
        return wrong(first === 0 ? 'the class token among the features' : 'features without the first patch');
    const [layer, ...more] = [c.vision_feature_layer].flat();
    if (more.length > 0)
        return wrong('features of several layers');
    const number = layer < 0 ? tower.config.num_hidden_layers + 1 + layer : layer;
    return { tower, layer: number, connector };
}
const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD = [0.26862954, 0.26130258, 0.27577711];
const HALF = [0.5, 0.5, 0.5];
/** How pixels are normalised: preprocessor_config.json, or its place in processor_config.json; the numbers of the tower's class where neither says. */
async function normalisation(dir, tower) {
    const processor = await optionalJson(dir, FILES.processor);
    const settings = (await optionalJson(dir, FILES.preprocessor)) ?? processor?.image_processor ?? {};
    const three = (key, otherwise) => {
        const value = settings[key];
        if (value === undefined)
            return otherwise;
        if (Array.isArray(value) && value.length === 3 && value.every((v) => typeof v === 'number'))
            return value;
        throw unsupported(join(dir, FILES.preprocessor), `three numbers as ${key}`, JSON.stringify(value).slice(0, 60));
    };
    const [mean, std] = tower instanceof SiglipVision ? [HALF, HALF] : [CLIP_MEAN, CLIP_STD];
    return { mean: three('image_mean', mean), std: three('image_std', std) };
}
const PARTS = [
    [/^multi_modal_projector\.linear_1/, 'mm.0'],
    [/^multi_modal_projector\.linear_2/, 'mm.2'],
    [/^vision_tower\.vision_model\.encoder\.layers/, 'v.blk'],
    [/^vision_tower\.vision_model/, 'v'],
    [/embeddings\.class_embedding/, 'class_embd'],
    [/embeddings\.patch_embedding/, 'patch_embd'],
    [/embeddings\.position_embedding/, 'position_embd'],
    [/pre_layrnorm/, 'pre_ln'],
    [/layer_norm/, 'ln'],
    [/self_attn\.(\w+)_proj/, 'attn_$1'],
    [/mlp\.fc1/, 'ffn_up'],
    [/mlp\.fc2/, 'ffn_down'],
];
/** llama.cpp's name of a parameter. */
const clipName = (name) => PARTS.reduce((n, [pattern, to]) => n.replace(pattern, to), name);
//# sourceMappingURL=gguf-clip.js.map