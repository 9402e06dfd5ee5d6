// A model that was put together here rather than opened from a folder: the same `Model`, so that it trains, asks and is saved like any other.
import { LlavaProcessor } from '../networks/families/llava/processor.js';
import { withInstruction } from '../networks/families/sensorium/instruction.js';
import { EncoderMllm, encoderProcessor, readFamily } from '../networks/index.js';
import { ChatTemplate } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { identityNames } from '../weights/index.js';
import { generationOf } from './generation-config.js';
import { Processor } from './processor.js';
/** Joins a network of `mllm(…)` with its tokenizer, template and image processor. Errors: `model.processor` for a LLaVA without the latter. */
export function buildModel({ network, values, tokenizer, template: given, images, generation }) {
    const { config } = network;
    const media = processorFor(network, tokenizer, images);
    // Where videos have the placeholder of images, the template is told so.
    const isSame = media.videoTokenId === media.imageTokenId;
    const template = isSame ? new ChatTemplate(given.source, { ...given.options, videoToken: given.imageToken }) : given;
    return {
        kind: 'multimodal',
        dir: '',
        family: readFamily(config).family,
        config,
        raw: config,
        network,
        values,
        names: identityNames,
        quantized: false,
        tokenizer,
        template,
        media,
        processor: new Processor({ dir: 'mllm', tokenizer, template, media }),
        generation: generationOf(tokenizer),
        adapters: [],
        files: {
            tokenizer: tokenizer.json,
            tokenizerConfig: tokenizer.config,
            ...(images ? { preprocessor: images.toJSON() } : {}),
            generation,
            chatTemplate: template.source,
        },
    };
}
function processorFor(network, tokenizer, images) {
    if (network instanceof EncoderMllm)
        return encoderProcessor(network, tokenizer);
    if (!images)
        throw new SensoriumError('model.processor', 'a LLaVA cannot take images without an image processor', {
            place: 'buildModel: images',
            expected: 'a ClipImageProcessor',
            got: 'nothing',
        });
    const { config, imageTokens } = network;
    const sizes = { imageTokens, imageSize: config.vision_config.image_size };
    return withInstruction(new LlavaProcessor(config.image_token_index, images, sizes), { network, tokenizer });
}
//# sourceMappingURL=build-model.js.map