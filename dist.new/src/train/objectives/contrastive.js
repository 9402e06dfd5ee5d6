// CLIP's objective with dense supervision: whole images against captions, and every patch against the phrases of what it shows.
import { constant, crossEntropy, gather, input, weightedMean } from '../../graph/index.js';
import { contrastiveLoss } from '../../networks/index.js';
import { Linear } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { rowOrder } from '../order.js';
/** The throw-away classifier for `groups` on top of `network`'s vision tower; give its parameters to the state. */
export function denseHead(network, groups) {
    return new Linear(network.config.vision_config.hidden_size, groups.reduce((n, g) => n + g.phrases.length, 0)).nameParameters('dense_head');
}
/** ids with the end token: what the text tower reads. Longer text is cut before the end token. */
export function clipTextIds(tokenizer, text, length, end) {
    return [...tokenizer.encode(text).slice(0, length - 1), end];
}
/** Right-padded ids [n, length] and the flat positions of the end tokens [n]. */
export function clipTextBatch(tokenizer, texts, length, end) {
    const ids = hostTensor('int32', [texts.length, length]);
    const ends = hostTensor('int32', [texts.length]);
    texts.forEach((text, i) => {
        const row = clipTextIds(tokenizer, text, length, end);
        ids.data.set(row, i * length);
        ends.data[i] = i * length + row.length - 1;
    });
    return { ids, ends };
}
/** The contrastive stage: InfoNCE over captions, softmax over phrases for every patch, and over image-level phrases for the class token. */
export function contrastiveObjective(o) {
    const { network, tokenizer, processor, batchSize, groups } = o;
    const { text_config, vision_config } = network.config;
    const end = text_config.eos_token_id;
    const length = o.captionLength ?? text_config.max_position_embeddings;
    const size = vision_config.image_size;
    const patches = network.vision_model.tokenCount;
    const phrases = groups.flatMap((g) => (g.unspoken ? [] : g.phrases));
    const longest = phrases.reduce((most, p) => Math.max(most, tokenizer.encode(p).length + 1), 1);
    if (longest > text_config.max_position_embeddings)
        throw new SensoriumError('train.phrases', 'a phrase is longer than the text tower', {
            expected: `at most ${text_config.max_position_embeddings} tokens`,
            got: String(longest),
        });
    const mute = groups.find((g) => g.unspoken && (!o.head || g.present));
    if (mute)
        throw new SensoriumError('train.phrases', `the unspoken group '${mute.name}' can only be learnt by a head, patch by patch`, {
            hint: 'Give `head`, and leave `present` out of the group',
        });
    const phraseBatch = clipTextBatch(tokenizer, phrases, longest, end);
    const graph = (bucket) => {
        const n = bucket === 'all' ? batchSize : Number(bucket);
        const { image, patches: tokens, states } = network.embedImages(input('pixels', [n, 3, size, size]));
        const scores = o.head?.forward(states);
        const captions = network.embedTexts(input('caption_ids', [n, length], 'int32'), input('caption_ends', [n], 'int32'));
        const embedded = phrases.length > 0 ? network.embedTexts(constant(phraseBatch.ids), constant(phraseBatch.ends)) : undefined;
        const scale = network.scale();
        const metrics = { caption: contrastiveLoss(image, captions, scale) };
        let loss = metrics.caption;
        const flat = tokens.reshape([n * patches, -1]);
        let [spoken, start] = [0, 0];
        for (const g of groups) {
            const set = g.unspoken ? undefined : embedded?.slice({ axis: 0, start: spoken, end: spoken + g.phrases.length });
            if (set)
                spoken += g.phrases.length;
            start += g.phrases.length;
            const labels = input(`labels.${g.name}`, [n * patches], 'int32');
            const weights = gather(constant(hostTensor('float32', [g.phrases.length + 1], [...(g.weights ?? g.phrases.map(() => 1)), 0])), labels);
            const targets = input(`targets.${g.name}`, [n * patches], 'int32');
            const own = scores?.slice({ axis: 2, start: start - g.phrases.length, end: start });
            const add = (name, term) => {
                metrics[name] = term;
                loss = loss.add(g.share === undefined ? term : term.mul(g.share));
            };
            const dense = (logits) => weightedMean(crossEntropy(logits, targets), weights);
            if (set)
                add(g.name, dense(flat.matMul(set.transpose()).mul(scale)));
            if (own)
                add(`${g.name}.head`, dense(own.slice({ axis: 1, start: 1 }).reshape([n * patches, g.phrases.length])));
            if (set && g.present) {
                const truth = input(`present.${g.name}`, [n, g.phrases.length]);
                const whole = (logits) => logits.logSoftmax().mul(truth).sum(-1).mean().neg();
                add(`${g.name}.image`, whole(image.matMul(set.transpose()).mul(scale)));
                if (own)
                    add(`${g.name}.image.head`, whole(own.slice({ axis: 1, end: 1 }).squeeze(1)));
            }
        }
        return { loss, metrics };
    };
    const rowsOf = o.order
        ? rowOrder({ ...o.order, batch: batchSize })
        : (index) => Array.from({ length: batchSize }, (_, i) => index * batchSize + i);
    const batch = async (index) => {
        const rows = rowsOf(index);
        const n = rows.length;
        if (n === 0)
            return { bucket: 'empty', feeds: {}, tokens: 0, items: 0, weight: 0 };
        const pixels = hostTensor('float32', [n, 3, size, size]);
        const texts = [];
        const feeds = { pixels };
        for (const g of groups) {
            feeds[`labels.${g.name}`] = hostTensor('int32', [n * patches]);
            feeds[`targets.${g.name}`] = hostTensor('int32', [n * patches]);
            if (g.present)
                feeds[`present.${g.name}`] = hostTensor('float32', [n, g.phrases.length]);
        }
        for (const [i, row] of rows.entries()) {
            const s = o.sample(row);
            processor.processInto({ width: size, height: size, data: s.pixels }, pixels.data, i * 3 * size * size);
            texts.push(s.caption);
            for (const g of groups)
                fillLabels(feeds, g, s, i, patches);
        }
        const { ids, ends } = clipTextBatch(tokenizer, texts, length, end);
        feeds.caption_ids = ids;
        feeds.caption_ends = ends;
        const counts = { tokens: n * (patches + 1), items: n, rows };
        return n === batchSize ? { bucket: 'all', feeds, ...counts } : { bucket: String(n), feeds, ...counts, weight: n / batchSize };
    };
    return {
        name: 'contrastive',
        trained: [...network.parameters(), ...(o.head?.parameters() ?? [])],
        frozen: new Map(),
        graph,
        batch,
        describe: o.describe,
    };
}
function fillLabels(feeds, g, s, i, patches) {
    const given = s.labels[g.name];
    const labels = feeds[`labels.${g.name}`]?.data;
    const targets = feeds[`targets.${g.name}`]?.data;
    for (let p = 0; p < patches; p++) {
        const label = given[p];
        labels[i * patches + p] = label < 0 ? g.phrases.length : label;
        targets[i * patches + p] = Math.max(label, 0);
    }
    if (!g.present)
        return;
    const truth = feeds[`present.${g.name}`]?.data;
    const list = s.present[g.name] ?? [];
    for (const k of list)
        truth[i * g.phrases.length + k] = 1 / list.length;
}
//# sourceMappingURL=contrastive.js.map