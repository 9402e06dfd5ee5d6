// LLaVA-NeXT and LLaVA-OneVision: features of tiles laid out as one grid.
import { concat, gather, input, Parameter } from '../../../graph/index.js';
import { init } from '../../../nn/index.js';
import { gridSide } from './config.js';
import { LlavaNetwork } from './network.js';
/**
 * LLaVA-NeXT and OneVision: an image is a small version of itself and tiles, whose features are put together again as one grid with
 * a learned row at the end of each line. Which feature goes where, and how a grid is shrunk, is arithmetic of the image's size alone:
 * the processor works it out and feeds it, so one program serves images and videos of all sizes.
 */
export class LlavaTilesNetwork extends LlavaNetwork {
    image_newline;
    constructor(config) {
        super(config);
        this.image_newline = new Parameter([this.language_model.width], init.normal(1 / Math.sqrt(this.language_model.width)));
    }
    /** Patches on a side of a tile. */
    get side() {
        return gridSide(this.config);
    }
    encode(pixels = this.pixels('tiles')) {
        return super.encode(pixels);
    }
    /**
     * Inputs: `sources` int32 [rows, taps], which features a row is made of, counted through the tiles with `image_newline` after the last;
     * `weights` [rows, taps], how much of each.
     */
    connect(tokens) {
        const w = this.language_model.width;
        const table = concat([super.connect(tokens), this.image_newline.reshape([1, w])], 0);
        const taps = gather(table, input('sources', ['rows', 'taps'], 'int32'));
        return taps.mul(input('weights', ['rows', 'taps']).unsqueeze(2)).sum(1);
    }
}
//# sourceMappingURL=tiles-network.js.map