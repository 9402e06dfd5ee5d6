// Families that transformers.js shows images to: the vision graph of each, its class, and what the files of its processor must say.
import { Idefics3, LlavaNetwork, LlavaTilesNetwork, MllmNetwork, QwenVl } from '../../networks/index.js';
import { FILES } from '../folder.js';
import { idefics3Vision, llavaVision, onevisionVision, qwenVision, withoutFilling } from './onnx-vision.js';
import { optionalJson, unsupported } from './source.js';
const FAMILIES = 'a language model, LLaVA 1.5, LLaVA-OneVision, Idefics 3, SmolVLM, Qwen2-VL or Qwen2.5-VL';
/** The image side of a multimodal network. Errors: `weights.export` for families that transformers.js has no class for. */
export async function imageSide(source) {
    const { network, dir, family } = source;
    if (network instanceof LlavaTilesNetwork && family.modelType === 'llava_onevision')
        return onevision(source, network);
    if (network instanceof LlavaTilesNetwork)
        throw unsupported(dir, FAMILIES, family.modelType, 'transformers.js puts no tiles together; --to hf writes it for transformers');
    if (network instanceof LlavaNetwork || network instanceof MllmNetwork)
        return llava(source, network);
    if (network instanceof Idefics3)
        return idefics3(source, network);
    if (network instanceof QwenVl)
        return qwenVl(source, network);
    throw unsupported(dir, FAMILIES, family.modelType, 'transformers.js has no class for it');
}
/** preprocessor_config.json, or its place in processor_config.json, and the rest of the latter. */
async function settingsOf({ dir }) {
    const processor = (await optionalJson(dir, FILES.processor)) ?? {};
    const image = (await optionalJson(dir, FILES.preprocessor)) ?? processor.image_processor;
    if (!image)
        throw unsupported(dir, FILES.preprocessor, 'a folder without it');
    return { image, processor };
}
/** Both files, of a processor class and the type of its images. */
function processorFiles(name, image, processor) {
    return {
        [FILES.preprocessor]: { ...image, processor_class: name },
        [FILES.processor]: { processor_class: name, ...processor },
    };
}
/** LlavaProcessor counts an image's tokens as whole patches plus a number. */
async function llavaProcessor({ dir, config }, { tokens, patch, image }) {
    const { image_token_index, vision_config } = config;
    const added = await optionalJson(dir, FILES.tokenizer);
    return processorFiles('LlavaProcessor', image, {
        image_token: added?.added_tokens?.find((t) => t.id === image_token_index)?.content ?? '<image>',
        patch_size: patch,
        num_additional_image_tokens: tokens - Math.floor(vision_config.image_size / patch) ** 2,
    });
}
/** Parts of ours are inside the graphs, so they need no class of their own. */
async function llava(source, network) {
    const { image } = await settingsOf(source);
    const { image_size, patch_size } = network.config.vision_config;
    // The patch here is as large as what becomes one token.
    const per = Math.max(1, Math.floor(image_size / patch_size / Math.sqrt(network.imageTokens)));
    return {
        vision: () => llavaVision(network),
        config: { model_type: 'llava', architectures: ['LlavaForConditionalGeneration'] },
        files: await llavaProcessor(source, {
            tokens: network.imageTokens,
            patch: patch_size * per,
            image: { ...image, image_processor_type: image.image_processor_type ?? 'CLIPImageProcessor' },
        }),
    };
}
async function onevision(source, network) {
    const { image_grid_pinpoints: grids, vision_config: vision } = network.config;
    const { image_size: size, patch_size } = vision;
    if (!grids.some(([height, width]) => height === size && width === size))
        throw unsupported(source.dir, `a grid of one tile (${size}x${size}) in image_grid_pinpoints`, JSON.stringify(grids), 'transformers.js cuts no tiles, so an image must be able to be one');
    const { image } = await settingsOf(source);
    const { image_grid_pinpoints, do_pad, crop_size, ...plain } = image;
    return {
        vision: () => onevisionVision(network),
        config: { model_type: 'llava_onevision', architectures: ['LlavaOnevisionForConditionalGeneration'] },
        files: await llavaProcessor(source, {
            tokens: network.side ** 2 + network.side * (network.side + 1),
            patch: patch_size,
            image: { ...plain, size: { height: size, width: size }, image_processor_type: 'LlavaOnevisionImageProcessor' },
        }),
        notes: [`transformers.js cuts no tiles: the model sees every image as one picture of ${size}x${size} pixels`],
    };
}
async function idefics3(source, network) {
    const { image, processor } = await settingsOf(source);
    const side = network.config.vision_config.image_size;
    const tiles = { size: { longest_edge: 4 * side }, max_image_size: { longest_edge: side } };
    return {
        vision: () => idefics3Vision(network),
        lowered: withoutFilling,
        config: {
            architectures: [source.family.modelType === 'smolvlm' ? 'SmolVLMForConditionalGeneration' : 'Idefics3ForConditionalGeneration'],
        },
        files: processorFiles('Idefics3Processor', { ...tiles, ...image, image_processor_type: 'Idefics3ImageProcessor' }, { image_seq_len: processor.image_seq_len ?? network.tileTokens }),
    };
}
/** `vision_start_token_id` by the default of transformers. */
const VISION_START = 151652;
async function qwenVl(source, network) {
    const { image } = await settingsOf(source);
    const { config } = network;
    const { vision_config: v, text_config } = config;
    const name = config.model_type === 'qwen2_vl' ? 'Qwen2VL' : 'Qwen2_5_VL';
    const patches = { patch_size: v.patch_size, merge_size: v.spatial_merge_size, temporal_patch_size: v.temporal_patch_size };
    return {
        vision: () => qwenVision(network),
        config: {
            // The first of the two has its text model's sizes at the top there.
            ...(config.model_type === 'qwen2_vl' ? text_config : {}),
            ...config,
            architectures: [name === 'Qwen2VL' ? 'Qwen2VLForConditionalGeneration' : 'Qwen2_5_VLForConditionalGeneration'],
            text_config: { ...text_config, model_type: `${config.model_type}_text` },
            vision_start_token_id: source.raw.vision_start_token_id ?? VISION_START,
        },
        files: processorFiles(`${name}Processor`, { ...patches, ...image, image_processor_type: 'Qwen2VLImageProcessor' }, {}),
    };
}
//# sourceMappingURL=transformers-js-images.js.map