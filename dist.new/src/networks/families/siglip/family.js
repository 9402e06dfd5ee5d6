// The rows of SigLIP.
import { SiglipVisionModel, siglipConfig, siglipVisionConfig } from '../../encoders/siglip-vision.js';
import { defineFamily } from '../../family.js';
import { towerNames } from '../../names.js';
/** The vision tower of SigLIP. */
export const siglipVisionFamily = defineFamily({
    modelType: 'siglip_vision_model',
    architectures: ['SiglipVisionModel'],
    kind: 'encoder',
    config: siglipVisionConfig,
    build: (c) => new SiglipVisionModel(c),
    names: towerNames,
});
/** SigLIP as published, with a text tower, which is left aside. */
export const siglipFamily = defineFamily({
    modelType: 'siglip',
    architectures: ['SiglipModel'],
    alsoFor: ['SiglipForImageClassification'],
    kind: 'encoder',
    config: siglipConfig,
    build: (c) => new SiglipVisionModel(c.vision_config),
    ignore: [/^text_model\./, /^logit_(scale|bias)$/, /^classifier\./],
});
//# sourceMappingURL=family.js.map