// The images of a training batch: as rows, as tokens of the frozen tower, or as pixels, by which parts learn.
import { concat, input, inputsOf, sizesOf, withInputs } from '../graph/index.js';
import { hostTensor } from '../util/host.js';
import { MediaCache } from './media-cache.js';
/** Rows are filled up to a multiple of this, which keeps the number of compiled programs small. */
const ROWS = 32;
/** The media side of a training stage. */
export class TrainingMedia {
    o;
    entry;
    cache;
    /** The tower's tokens with named dimensions, and the inputs of the traced programs. */
    tokens;
    inputs;
    constructor(o) {
        this.o = o;
        const { network, values, trained, runtime, threads, cacheBytes: bytes, cacheDir: dir } = o;
        const { vision, connector } = network.parts();
        const learns = (parts) => parts.some((p) => trained.has(p));
        this.entry = learns(vision) ? 'pixels' : learns(connector) ? 'tokens' : 'rows';
        this.tokens = withInputs({}, () => network.encode());
        const encoded = inputsOf([this.tokens]);
        const connected = inputsOf([withInputs({}, () => network.connect(input('tokens', this.tokens.shape)))]);
        this.inputs = this.entry === 'pixels' ? distinct([...encoded, ...connected].filter((x) => x.name !== 'tokens')) : connected;
        const options = { runtime, threads, bytes, dir };
        const valuesOf = (parts) => new Map(parts.map((p) => [p, values.get(p)]));
        if (this.entry === 'rows')
            this.cache = new MediaCache({ ...options, trace: () => network.see(), values: valuesOf([...vision, ...connector]) });
        if (this.entry === 'tokens')
            this.cache = new MediaCache({ ...options, trace: () => this.tokens, values: valuesOf(vision) });
    }
    /** Feeds of the media of a batch, in their order. */
    async batch(placed) {
        if (placed.length === 0)
            return undefined;
        const media = placed.map((p) => p.media);
        const at = placed.flatMap((p) => [...p.at]);
        if (this.entry === 'rows')
            return this.rowBatch(await this.all(media), at);
        const each = await Promise.all(media.map((m) => this.feedsOf(m)));
        const joined = this.o.joins ? [joinFeeds(each)] : each;
        const sizes = joined.map((feeds) => sizesOf(this.inputs, feeds));
        const feeds = { image_positions: hostTensor('int32', [at.length], Int32Array.from(at)) };
        joined.forEach((one, i) => {
            for (const { name } of this.inputs)
                feeds[prefix(i) + name] = one[name];
        });
        const names = sizes.map((s) => Object.entries(s)
            .map(([k, v]) => `${k}=${v}`)
            .join(','));
        return { bucket: `${this.entry}:${at.length}:${names.join(';')}`, shapes: { rows: at.length, sizes }, feeds };
    }
    /** Rows of the media as a part of the graph of a bucket: [rows, width]. */
    trace({ rows, sizes }) {
        const { network } = this.o;
        if (this.entry === 'rows')
            return input('features', [rows, network.language_model.rowWidth]);
        const each = sizes.map((own, i) => withInputs({ prefix: prefix(i), sizes: own }, () => network.connect(this.entry === 'pixels' ? network.encode() : input('tokens', this.tokens.shape))));
        return each.length === 1 ? each[0] : concat(each, 0);
    }
    /** The same batch with the images of equal shapes exchanged; undefined where there are none, or all are equal. */
    async exchanged(placed) {
        const groups = new Map();
        for (const [i, { media, at }] of placed.entries()) {
            const shape = this.o.joins || this.entry === 'rows' ? String(at.length) : await this.shapeOf(media);
            groups.set(shape, [...(groups.get(shape) ?? []), i]);
        }
        const media = placed.map((p) => p.media);
        let changed = false;
        for (const group of groups.values())
            group.forEach((i, k) => {
                const other = placed[group[(k + 1) % group.length]].media;
                if (other.key !== placed[i].media.key)
                    changed = true;
                media[i] = other;
            });
        return changed ? this.batch(placed.map(({ at }, i) => ({ at, media: media[i] }))) : undefined;
    }
    async dispose() {
        await this.cache?.dispose();
    }
    async shapeOf(media) {
        const feeds = await this.feedsOf(media);
        return this.inputs.map(({ name }) => `${feeds[name]?.shape}`).join(' ');
    }
    /** Computed one at a time: the same numbers whatever comes with them. */
    async all(media) {
        const out = [];
        for (const one of media)
            out.push(await this.cache.get(one));
        return out;
    }
    async feedsOf(media) {
        if (this.entry === 'pixels')
            return media.feeds();
        const tokens = await this.cache.get(media);
        // Pixels are not processed for what the connector needs beside the tokens.
        const names = this.inputs.flatMap(({ name }) => (name === 'tokens' ? [] : [name]));
        const more = names.length > 0 ? await media.feeds(names) : {};
        return { ...more, tokens };
    }
    rowBatch(each, at) {
        const { rowWidth: width } = this.o.network.language_model;
        const rows = Math.ceil(at.length / ROWS) * ROWS;
        const features = hostTensor('float32', [rows, width]);
        let next = 0;
        for (const { data } of each) {
            features.data.set(data, next);
            next += data.length;
        }
        // The last row is written to its own place again: a row more than once changes nothing, for rows have no gradient here.
        for (let i = at.length; i < rows; i++)
            features.data.copyWithin(i * width, (at.length - 1) * width, at.length * width);
        const positions = hostTensor('int32', [rows]);
        positions.data.set(at);
        positions.data.fill(at.at(-1), at.length);
        return { bucket: `rows:${rows}`, shapes: { rows, sizes: [] }, feeds: { features, image_positions: positions } };
    }
}
const prefix = (i) => `media${i}.`;
const distinct = (list) => [...new Map(list.map((x) => [x.name, x])).values()];
/** Feeds of several images as one, joined along the first axis. */
function joinFeeds(each) {
    const [first] = each;
    if (!first || each.length === 1)
        return first ?? {};
    return Object.fromEntries(Object.keys(first).map((name) => [name, joinTensors(each.map((f) => f[name]))]));
}
function joinTensors(parts) {
    const [first] = parts;
    const out = hostTensor(first.dtype, [parts.reduce((n, p) => n + p.shape[0], 0), ...first.shape.slice(1)]);
    let at = 0;
    for (const { data } of parts) {
        out.data.set(data, at);
        at += data.length;
    }
    return out;
}
//# sourceMappingURL=sequence-media.js.map