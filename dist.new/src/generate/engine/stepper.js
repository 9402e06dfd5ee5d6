// Steps of the decoding program over the rows of an engine: one token for many rows, or many tokens for one row.
import { Pace } from '../../runtime/pace.js';
import { hostTensor } from '../../util/host.js';
import { stepTensors } from '../step-tensors.js';
/** Image rows are rounded up to a multiple of this, so that the program meets few shapes. */
const IMAGE_ROWS = 16;
const roundUp = (n, multiple) => Math.ceil(n / multiple) * multiple;
/**
 * Runs one compiled program for all rows of an engine. ONNX Runtime's GroupQueryAttention takes one new token for each of many rows,
 * or several for a single row; so decoding is batched and chunks go row by row, between two decoding steps.
 */
export class Stepper {
    decoder;
    kv;
    o;
    shapes = new Map();
    picks = new Map();
    logits = new Float32Array();
    vocab;
    width;
    kinds;
    noImages;
    constructor(decoder, kv, o) {
        this.decoder = decoder;
        this.kv = kv;
        this.o = o;
        this.vocab = decoder.language.config.vocab_size;
        this.width = decoder.language.rowWidth;
        this.kinds = decoder.language.positionKinds;
        this.noImages = decoder.multimodal
            ? { features: hostTensor('float32', [0, this.width]), image_positions: hostTensor('int32', [0]) }
            : {};
    }
    /** Bytes of logits kept between steps. */
    get bytes() {
        return this.logits.byteLength;
    }
    /**
     * One token for each of the rows [start, start + ids.length). `filled` are the positions each row has, `offsets` what its rotary
     * positions are ahead of them, `epsilons` how far their switch is turned; the new token's key and value go to the next one. A row that only fills a gap computes garbage that nobody reads, at a position that its own next token
     * will overwrite.
     */
    async decode(start, ids, o) {
        const { filled, offsets, epsilons } = o;
        const count = ids.length;
        const shape = this.shapeFor(count, 1);
        const { t } = shape;
        const p = this.pickedFor(count);
        let longest = 0;
        for (let b = 0; b < count; b++) {
            longest = Math.max(longest, filled[b]);
            p.last.data[b] = b;
            for (let k = 0; t.positions && k < this.kinds; k++)
                t.positions.data[k * count + b] = filled[b] + offsets[b];
        }
        t.ids.data.set(ids);
        p.epsilon?.data.set(epsilons);
        t.lengths.data.set(filled);
        t.total.data[0] = longest + 1;
        const { program, prefill = program } = this.decoder;
        return this.run(count >= this.o.manyRows ? prefill : program, { start, count, shape, p, images: this.noImages });
    }
    /** Several tokens of one row. */
    async chunk(c) {
        const n = c.ids.length;
        const { tile } = this.o;
        const rounded = roundUp(roundUp(n, c.multiple ?? 1), tile);
        // Padding lies behind the row's own tokens, where causal attention never looks and the next tokens overwrite it.
        const size = c.start + rounded <= this.kv.capacity ? rounded : n;
        const shape = this.shapeFor(1, size);
        const { t } = shape;
        const p = this.pickedFor(roundUp(c.wanted, tile));
        p.last.data.fill(n - 1);
        p.epsilon?.data.fill(c.epsilon ?? 0);
        t.ids.data.fill(0);
        t.ids.data.set(c.ids);
        this.place(t, c, size);
        t.lengths.data[0] = c.start + size - 1;
        t.total.data[0] = c.start + size;
        for (let i = 0; i < c.wanted; i++)
            p.last.data[i] = n - c.wanted + i;
        const images = c.images ? this.imageFeeds(c.images) : this.noImages;
        return this.run(this.decoder.programFor(size), { start: c.slot, count: 1, shape, p, images });
    }
    place({ positions }, { start, ids, positions: given, offset = 0 }, size) {
        if (!positions)
            return;
        const whole = given ? given.length / this.kinds : 0;
        for (let k = 0; k < this.kinds; k++)
            for (let i = 0; i < ids.length; i++)
                positions.data[k * size + i] = given ? given[k * whole + start + i] : start + i + offset;
    }
    async run(program, { start, count, shape, p, images }) {
        const { past, present } = this.kv.view(start, count);
        const epsilon = p.epsilon ? { epsilon: p.epsilon } : {};
        const feeds = { ...shape.t, last: p.last, ...epsilon, ...images, ...past, ...this.decoder.weights() };
        await shape.pace.run(program, feeds, { logits: p.logits, log_sum: p.logSum, ...present });
        const { vocab } = this;
        return {
            at: (i) => p.logits.data.subarray(i * vocab, (i + 1) * vocab),
            logSum: (i) => p.logSum.data[i],
        };
    }
    shapeFor(batch, n) {
        const key = `${batch}x${n}`;
        let shape = this.shapes.get(key);
        if (!shape) {
            shape = { t: stepTensors(batch, n, { kinds: this.kinds }), pace: new Pace() };
            this.shapes.set(key, shape);
        }
        return shape;
    }
    /** Logits of every count of positions lie in one buffer, which grows to the largest count there has been. */
    pickedFor(count) {
        let p = this.picks.get(count);
        if (!p) {
            if (this.logits.length < count * this.vocab) {
                this.logits = hostTensor('float32', [count, this.vocab]).data;
                this.picks.clear();
            }
            p = {
                last: hostTensor('int32', [count]),
                ...(this.decoder.language.switched ? { epsilon: hostTensor('float32', [count]) } : {}),
                logits: hostTensor('float32', [count, this.vocab], this.logits.subarray(0, count * this.vocab)),
                logSum: hostTensor('float32', [count]),
            };
            this.picks.set(count, p);
        }
        return p;
    }
    /** Image rows, their number rounded up by writing the last one again to its own place. */
    imageFeeds({ rows, at }) {
        const m = roundUp(at.length, IMAGE_ROWS);
        const features = hostTensor('float32', [m, this.width]);
        const positions = hostTensor('int32', [m]);
        features.data.set(rows);
        positions.data.set(at);
        for (let i = at.length; i < m; i++) {
            features.data.copyWithin(i * this.width, (at.length - 1) * this.width, at.length * this.width);
            positions.data[i] = at[at.length - 1];
        }
        return { features, image_positions: positions };
    }
}
//# sourceMappingURL=stepper.js.map