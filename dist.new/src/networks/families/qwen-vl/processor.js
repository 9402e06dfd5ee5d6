// Qwen2-VL and Qwen2.5-VL: as many tokens as an image has groups of patches, and positions in time, height and width.
import { processOff, QwenVlImageProcessor } from '../../../media/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import { gridPositions } from './network.js';
import { qwenPlaces, qwenWindows } from './vision.js';
/** Qwen2VLProcessor and Qwen2_5_VLProcessor. */
export class QwenVlProcessor {
    imageTokenId;
    images;
    videos;
    network;
    joins = false;
    constructor(imageTokenId, images, 
    /** For the frames of videos. */
    videos, network) {
        this.imageTokenId = imageTokenId;
        this.images = images;
        this.videos = videos;
        this.network = network;
    }
    prepare(images) {
        return images.map((image) => {
            const grid = this.images.grid(image);
            const count = (grid[1] * grid[2]) / this.images.config.merge_size ** 2;
            const output = this.images.resizedSize(image);
            const feeds = this.feeds(grid, () => processOff(this.images, 'process', [image], { output }));
            return { ids: new Array(count).fill(this.imageTokenId), feeds, grid };
        });
    }
    get videoTokenId() {
        return this.network.config.video_token_id;
    }
    /** Frames of one size, `fps` of one second: two of them at a time make one row of the grid, and 2.5 sees how far apart in time rows are. */
    prepareVideo(frames, fps = 2) {
        const all = oneSize(frames);
        const [, rows, columns] = this.videos.grid(all[0]);
        const size = this.videos.resizedSize(all[0]);
        const output = { width: size.width, height: size.height * all.length };
        const grid = [Math.ceil(frames.length / this.videos.config.temporal_patch_size), rows, columns];
        const { vision_config: v } = this.network.config;
        const count = (grid[0] * grid[1] * grid[2]) / this.images.config.merge_size ** 2;
        return {
            ids: new Array(count).fill(this.videoTokenId),
            feeds: this.feeds(grid, () => processOff(this.videos, 'processFrames', [all], { output })),
            grid,
            interval: 'tokens_per_second' in v ? (v.tokens_per_second * this.videos.config.temporal_patch_size) / fps : 1,
            variant: 'video',
        };
    }
    /** Inputs of the vision program. */
    feeds(grid, process) {
        const { merge_size: merge } = this.images.config;
        const [frames, rows, columns] = grid;
        const n = rows * columns;
        const groups = n / merge ** 2;
        const side = this.network.windowSide;
        const makers = {
            patches: async () => {
                const { patches } = await process();
                return hostTensor('float32', [frames, groups, patches.length / frames / groups], patches);
            },
            places: () => hostTensor('int32', [2, frames, n], qwenPlaces(grid, merge)),
        };
        if (side !== undefined)
            makers.windows = () => hostTensor('int32', [frames, n], qwenWindows(grid, { merge, side }));
        return feedsFrom(makers);
    }
    tokenPositions(n, runs) {
        const grids = runs.map(({ prepared, start }) => {
            const { grid, interval } = prepared;
            return { start, grid, interval };
        });
        return gridPositions(n, grids, this.images.config.merge_size);
    }
}
/** The frames of a video, at least one. Errors: `model.video` for frames of several sizes. */
export function oneSize(frames) {
    const [first, ...others] = frames;
    const other = others.find((f) => f.width !== first?.width || f.height !== first.height);
    if (first && !other)
        return [first, ...others];
    throw new SensoriumError('model.video', 'the frames of a video differ in size', {
        expected: first ? `${first.width}x${first.height}` : 'at least one frame',
        got: other ? `${other.width}x${other.height}` : 'none',
    });
}
/** The processor of a folder. Errors: `model.processor` when its patches are not those of the network. */
export async function qwenVlProcessor({ dir, config, network }) {
    const { image, place, frames, framesPlace } = await readProcessorConfigs(dir);
    const images = QwenVlImageProcessor.fromConfig(image, place);
    const { patch_size, temporal_patch_size, merge_size } = images.config;
    const videos = QwenVlImageProcessor.forFrames({ patch_size, temporal_patch_size, merge_size, ...frames }, framesPlace);
    for (const [processor, where] of [
        [images, place],
        [videos, framesPlace],
    ])
        assertPatches(processor, config.vision_config, where);
    return new QwenVlProcessor(config.image_token_id, images, videos, network);
}
/** Throws `model.processor` when patches are cut otherwise than the vision encoder takes them. */
export function assertPatches(processor, v, where) {
    for (const [key, theirs] of [
        ['patch_size', v.patch_size],
        ['temporal_patch_size', v.temporal_patch_size],
        ['merge_size', v.spatial_merge_size],
    ])
        if (processor.config[key] !== theirs)
            throw new SensoriumError('model.processor', 'the patches do not fit the vision encoder', {
                place: `${where}: ${key}`,
                expected: `${theirs}, as in vision_config of config.json`,
                got: String(processor.config[key]),
            });
}
//# sourceMappingURL=processor.js.map