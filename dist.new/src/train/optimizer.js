// AdamW over flat blocks: one small elementwise program, run chunk by chunk in place.
// One thread: the chunks are bound by the cache, and waking a second thread for each operator costs more than it gains
// (12 M parameters: 56–60 ms with one thread, 51–90 with two, and three times that on a busy machine).
// It is a program of its own because an output that aliases an input is only safe where nothing else reads that input.
import { input } from '../graph/index.js';
import { compile } from '../runtime/compile.js';
import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
import { CHUNK } from './buffers.js';
const scalar = () => hostTensor('float32', []);
/**
 * AdamW (Loshchilov and Hutter 2019) as torch.optim.AdamW computes it:
 * p -= lr wd p;  m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g²;  p -= lr/(1-b1^t) m / (sqrt(v)/sqrt(1-b2^t) + eps).
 * The last line is evaluated as p - [lr sqrt(c2)/c1] m / (sqrt(v) + [eps sqrt(c2)]), which saves a pass. t counts the updates of each
 * parameter: one that the loss of a step does not reach is left alone, neither decayed nor moved by its momentum.
 */
export class AdamW {
    program;
    buffers;
    betas;
    eps;
    weightDecay;
    shared;
    groups;
    chunk;
    prepared = new Map();
    constructor(program, buffers, betas, eps, weightDecay, shared, groups, chunk) {
        this.program = program;
        this.buffers = buffers;
        this.betas = betas;
        this.eps = eps;
        this.weightDecay = weightDecay;
        this.shared = shared;
        this.groups = groups;
        this.chunk = chunk;
    }
    static async create(buffers, options = {}) {
        const { betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0, runtime, chunk = CHUNK } = options;
        if (betas.some((b) => !(b >= 0 && b < 1)) || !(eps > 0) || !(weightDecay >= 0))
            throw new SensoriumError('train.optimizer', 'AdamW cannot work with these numbers', {
                expected: 'betas in [0, 1), eps > 0, weightDecay >= 0',
                got: `betas ${betas.join(' ')}, eps ${eps}, weightDecay ${weightDecay}`,
            });
        const program = await compile(updateGraph(betas), { name: 'update', runtime, threads: 1 });
        const shared = { c1: scalar(), c2: scalar(), eps: scalar() };
        const groups = buffers.groups.map((group) => ({ group, decay: scalar(), step: scalar() }));
        return new AdamW(program, buffers, betas, eps, weightDecay, shared, groups, chunk);
    }
    /** Updates values and moments in place from the gradient block; with shards, those of this process's shard. */
    async update({ lr, t, scale = 1, reached }) {
        const [b1, b2] = this.betas;
        const { updates } = this.buffers;
        for (let i = 0; i < updates.length; i++)
            if (!reached || reached[i])
                updates[i] = t ?? updates[i] + 1;
        this.shared.c1.data[0] = (1 - b1) * scale;
        this.shared.c2.data[0] = (1 - b2) * scale * scale;
        for (const run of this.runs(reached).flatMap((whole) => this.ownPart(whole))) {
            const { group, decay, step } = this.groups[run.group];
            const root = Math.sqrt(1 - b2 ** run.t);
            const rate = (typeof lr === 'number' ? lr : lr(group.peak)) * group.rate;
            this.shared.eps.data[0] = this.eps * root;
            decay.data[0] = 1 - (group.decays ? rate * this.weightDecay : 0);
            step.data[0] = (rate * root) / (1 - b1 ** run.t);
            for (const { feeds, into } of this.chunksOf(run)) {
                // Chunks take microseconds: going through a promise for each would cost more than the arithmetic.
                const running = this.program.runNow(feeds, into);
                if (running instanceof Promise)
                    await running;
            }
        }
    }
    /** What of a run is in the shard of this process. */
    ownPart(run) {
        const { owned } = this.buffers;
        const [start, end] = [Math.max(run.start, owned.start), Math.min(run.end, owned.end)];
        return start < end ? [{ ...run, start, end }] : [];
    }
    /** Neighbouring slots that are updated alike; whole groups where all slots have had as many updates. */
    runs(reached) {
        const { slots, groups, updates } = this.buffers;
        const runs = [];
        let g = 0;
        slots.forEach((slot, i) => {
            while (slot.offset >= groups[g].end)
                g++;
            if (reached && !reached[i])
                return;
            const t = updates[i];
            const end = slots[i + 1]?.offset ?? this.buffers.length;
            const last = runs.at(-1);
            if (last && last.group === g && last.t === t && last.end === slot.offset)
                runs[runs.length - 1] = { ...last, end };
            else
                runs.push({ start: slot.offset, end, group: g, t });
        });
        return runs;
    }
    chunksOf({ start, end, group }) {
        const key = `${start} ${end}`;
        const found = this.prepared.get(key);
        if (found)
            return found;
        const { buffers, shared, chunk } = this;
        const { decay, step } = this.groups[group];
        const chunks = [];
        for (let at = start; at < end; at += chunk) {
            const n = Math.min(chunk, end - at);
            const part = (block, from = at) => hostTensor('float32', [n], block.subarray(from, from + n));
            const own = at - buffers.owned.start;
            const [p, m, v] = [part(buffers.values), part(buffers.m, own), part(buffers.v, own)];
            chunks.push({ feeds: { p, m, v, g: part(buffers.gradients), ...shared, decay, step }, into: { p_out: p, m_out: m, v_out: v } });
        }
        this.prepared.set(key, chunks);
        return chunks;
    }
    dispose() {
        this.program.dispose();
    }
}
/** Each of p, m, v is read by exactly one node, which comes before the node that writes it: safe in place. */
function updateGraph([b1, b2]) {
    const [p, m, v, g] = ['p', 'm', 'v', 'g'].map((name) => input(name, ['n']));
    const [c1, c2, eps, decay, step] = ['c1', 'c2', 'eps', 'decay', 'step'].map((name) => input(name, []));
    const m_out = m.mul(b1).add(g.mul(c1));
    const v_out = v.mul(b2).add(g.mul(g).mul(c2));
    const p_out = p.mul(decay).sub(m_out.div(v_out.sqrt().add(eps)).mul(step));
    return { p_out, m_out, v_out };
}
//# sourceMappingURL=optimizer.js.map