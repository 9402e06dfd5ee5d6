// Qwen3-VL's processor: images as in Qwen2-VL; of a video each pair of frames stands by itself, with its time in words before it.
import { processOff, QwenVlImageProcessor, smartResize } from '../../../media/index.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import { gridPositions } from '../qwen-vl/network.js';
import { assertPatches, oneSize } from '../qwen-vl/processor.js';
import { qwenPlaces } from '../qwen-vl/vision.js';
/** Qwen3VLProcessor. */
export class Qwen3VlProcessor {
    config;
    images;
    videos;
    tokenizer;
    joins = false;
    constructor(config, images, 
    /** For the frames of videos. */
    videos, tokenizer) {
        this.config = config;
        this.images = images;
        this.videos = videos;
        this.tokenizer = tokenizer;
    }
    get imageTokenId() {
        return this.config.image_token_id;
    }
    get videoTokenId() {
        return this.config.video_token_id;
    }
    prepare(images) {
        return images.map((image) => {
            const grid = this.images.grid(image);
            const ids = new Array(this.groups(grid)).fill(this.imageTokenId);
            const output = this.images.resizedSize(image);
            const feeds = this.feeds(grid, () => processOff(this.images, 'process', [image], { output }));
            return { ids, rows: [...ids.keys()], feeds, grid };
        });
    }
    /** Frames of one size, `fps` of one second: each pair of them between its own edges, behind the mean of their times. */
    prepareVideo(frames, fps = 2) {
        const all = oneSize(frames);
        const size = this.videoSize(all);
        const { temporal_patch_size: times, patch_size } = this.videos.config;
        const grid = [Math.ceil(all.length / times), Math.floor(size.height / patch_size), Math.floor(size.width / patch_size)];
        const { vision_start_token_id: start, vision_end_token_id: end } = this.config;
        const [ids, rows] = [[], []];
        for (let pair = 0; pair < grid[0]; pair++) {
            const last = Math.min((pair + 1) * times, frames.length) - 1;
            ids.push(...this.tokenizer.encode(`<${tenths(((pair * times) / fps + last / fps) / 2)} seconds>`), start);
            for (let i = this.groups(grid) / grid[0]; i > 0; i--)
                rows.push(ids.push(this.videoTokenId) - 1);
            ids.push(end);
        }
        const output = { width: size.width, height: size.height * all.length };
        const feeds = this.feeds(grid, () => processOff(this.videos, 'processFrames', [all, size], { output }));
        return { ids, rows, feeds, grid, variant: 'video' };
    }
    tokenPositions(n, runs) {
        const grids = runs.flatMap(({ prepared, start }) => {
            const { grid, rows } = prepared;
            const each = rows.length / grid[0];
            return Array.from({ length: grid[0] }, (_, pair) => ({
                start: start + rows[pair * each],
                grid: [1, grid[1], grid[2]],
            }));
        });
        return gridPositions(n, grids, this.images.config.merge_size);
    }
    /** The limits of pixels are those of the whole video, in full pairs of frames. */
    videoSize(frames) {
        const { do_resize, patch_size, merge_size, temporal_patch_size: times, size, ...c } = this.videos.config;
        const { width, height } = frames[0];
        if (!do_resize)
            return { width, height };
        const factor = patch_size * merge_size;
        const [minPixels, most] = [size.shortest_edge, size.longest_edge];
        const share = Math.min(c.max_video_tokens * factor ** 2, Math.floor(most / frames.length));
        const maxPixels = c.cap_pixels_per_frame ? Math.max(share, Math.trunc(minPixels * 1.05)) * frames.length : most;
        const up = Math.max(1, factor / width, factor / height);
        const [w, h] = up > 1 ? [Math.trunc(width * up), Math.trunc(height * up)] : [width, height];
        return smartResize({ width: w, height: h }, { factor, minPixels, maxPixels, frames: frames.length, times });
    }
    /** Groups of patches, each of which is a token. */
    groups([frames, rows, columns]) {
        return (frames * rows * columns) / this.images.config.merge_size ** 2;
    }
    /** Inputs of the vision program. */
    feeds(grid, patchesOf) {
        const { merge_size: merge } = this.images.config;
        const [frames, rows, columns] = grid;
        const n = rows * columns;
        const groups = n / merge ** 2;
        const side = Math.sqrt(this.config.vision_config.num_position_embeddings);
        const taps = () => positionTaps(grid, merge, side);
        return feedsFrom({
            patches: async () => {
                const { patches } = await patchesOf();
                return hostTensor('float32', [frames, groups, patches.length / frames / groups], patches);
            },
            places: () => hostTensor('int32', [2, frames, n], qwenPlaces(grid, merge)),
            position_taps: () => hostTensor('int32', [n, 4], taps().taps),
            position_weights: () => hostTensor('float32', [n, 4], taps().weights),
        });
    }
}
/** Seconds as Python writes them with one digit: halves go to the even one. */
const tenths = (seconds) => (seconds % 1 === 0.25 ? seconds - 0.05 : seconds).toFixed(1);
/**
 * The learned positions on a square of `side` that lie around each patch of a grid, corner on corner, and their shares in it, group by
 * group: both [rows * columns, 4].
 */
function positionTaps([, rows, columns], merge, side) {
    const n = rows * columns;
    const places = qwenPlaces([1, rows, columns], merge);
    const [taps, weights] = [new Int32Array(4 * n), new Float32Array(4 * n)];
    const around = (at, size) => {
        const source = (at * (side - 1)) / Math.max(size - 1, 1);
        const low = Math.floor(source);
        return [
            [low, 1 - (source - low)],
            [Math.min(low + 1, side - 1), source - low],
        ];
    };
    for (let i = 0, o = 0; i < n; i++)
        for (const [row, down] of around(places[i], rows))
            for (const [column, across] of around(places[n + i], columns)) {
                taps[o] = row * side + column;
                weights[o++] = down * across;
            }
    return { taps, weights };
}
const HALF = [0.5, 0.5, 0.5];
/** The processor of a folder. Errors: `model.processor` when its patches are not those of the network. */
export async function qwen3VlProcessor({ dir, config, tokenizer }) {
    const { image, place, frames, framesPlace } = await readProcessorConfigs(dir);
    const images = QwenVlImageProcessor.fromConfig(image, place);
    const size = { shortest_edge: 128 * 32 * 32, longest_edge: 32 * 32 * 768, ...frames?.size };
    const videos = QwenVlImageProcessor.forFrames({ patch_size: 16, image_mean: HALF, image_std: HALF, ...frames, size }, framesPlace);
    assertPatches(images, config.vision_config, place);
    assertPatches(videos, config.vision_config, framesPlace);
    return new Qwen3VlProcessor(config, images, videos, tokenizer);
}
//# sourceMappingURL=processor.js.map