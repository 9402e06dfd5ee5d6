// The rows of CLIP, published and with a tower of ours.
import { Clip, clipConfig } from '../../encoders/clip.js';
import { defineFamily } from '../../family.js';
import { withinNames } from '../../names.js';
/** CLIP: both towers. */
export const clipFamily = defineFamily({
    modelType: 'clip',
    architectures: ['CLIPModel'],
    kind: 'encoder',
    config: clipConfig,
    build: (c) => new Clip(c),
    names: withinNames('clip'),
});
/** CLIP with a vision tower of ours. */
export const sensoriumClipFamily = defineFamily({
    modelType: 'sensorium_clip',
    architectures: ['CLIPModel'],
    kind: 'encoder',
    config: clipConfig,
    build: (c) => new Clip(c),
});
//# sourceMappingURL=family.js.map