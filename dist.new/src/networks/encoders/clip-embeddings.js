// What CLIP's tower begins with: patches (or a small convolutional stem), a class token, learned positions.
import { concat, gelu, Parameter } from '../../graph/index.js';
import { Conv2d, Embedding, init, LayerNorm, Module } from '../../nn/index.js';
import { PatchEmbedding } from './clip-layers.js';
import { resizeGrid } from './interpolate.js';
/** Patches on a side. Pixels beyond the last whole patch are not seen. */
export const sideOf = (c) => Math.floor(c.image_size / c.patch_size);
/** Rows and columns of patches of a picture. A stem rounds up. */
export function gridOf({ patch_size: patch, stem_channels: stem }, size) {
    const along = (n) => (stem ? Math.ceil(n / patch) : Math.floor(n / patch));
    return [along(size[0]), along(size[1])];
}
/** CLIPVisionEmbeddings. */
export class ClipVisionEmbeddings extends Module {
    c;
    class_embedding;
    patch_embedding;
    /** Xiao et al. 2021: early convolutions help transformers see better. */
    stem;
    stem_norm;
    position_embedding;
    constructor(c) {
        super();
        this.c = c;
        this.class_embedding = new Parameter([c.hidden_size], init.normal(0.02));
        if (c.stem_channels) {
            const channels = [3, ...c.stem_channels, c.hidden_size];
            this.stem = channels.slice(1).map((out, i) => new Conv2d(channels[i], out, 3, { stride: 2, padding: 1 }));
            if (c.stem_norm)
                this.stem_norm = c.stem_channels.map((n) => new LayerNorm(n, c.layer_norm_eps));
        }
        else
            this.patch_embedding = new PatchEmbedding(c.hidden_size, c.patch_size, { bias: false });
        // Where a patch lies is known from the first step; drawn at random it takes thousands of images to be told from noise.
        this.position_embedding = new Embedding(sideOf(c) ** 2 + 1, c.hidden_size, init.sincos2d);
    }
    forward(pixels) {
        return this.trace(() => {
            const b = pixels.dim(0);
            const w = this.c.hidden_size;
            const grid = gridOf(this.c, [pixels.size(2), pixels.size(3)]);
            const patches = this.stem
                ? this.convolve(pixels, this.stem)
                    .reshape([b, w, grid[0] * grid[1]])
                    .transpose([0, 2, 1])
                : this.patch_embedding.forward(pixels);
            const cls = this.class_embedding.reshape([1, 1, w]).expand([b, 1, w]);
            return concat([cls, patches], 1).add(this.positions(grid));
        });
    }
    /** Those of the class token and of the patches, interpolated for pictures of another size than the tower's. */
    positions(grid) {
        const { weight } = this.position_embedding;
        const side = sideOf(this.c);
        if (grid[0] === side && grid[1] === side)
            return weight;
        return concat([weight.slice({ axis: 0, end: 1 }), resizeGrid(weight.slice({ axis: 0, start: 1 }), [side, side], grid)], 0);
    }
    convolve(pixels, stem) {
        return stem.reduce((x, layer, i) => {
            const y = layer.forward(x);
            if (i === stem.length - 1)
                return y;
            const norm = this.stem_norm?.[i];
            return gelu(norm ? norm.forward(y.transpose([0, 2, 3, 1])).transpose([0, 3, 1, 2]) : y);
        }, pixels);
    }
}
//# sourceMappingURL=clip-embeddings.js.map