// What the value head expects at each token of completions, with the values that training has reached.
import { compile } from '../../runtime/compile.js';
import { SequenceGraph } from '../sequence-graph.js';
import { trainingSession } from '../session.js';
import { perToken } from '../token-values.js';
/** Reads values before each token; programs are compiled once for each shape, and are given the trained parameters at each run. */
export class ValueReader {
    o;
    graph;
    programs = new Map();
    constructor(o) {
        this.o = o;
        this.graph = new SequenceGraph({ ...o, values: o.state.values, trained: new Set(o.trained) });
    }
    /** The value before each predicted token of each sequence, in order. */
    async values(sequences) {
        const { state, trained, head, runtime, threads } = this.o;
        const { bucket, feeds, packed } = await this.graph.batch(sequences);
        let made = this.programs.get(bucket);
        if (!made) {
            const y = head.read(this.graph.trace(bucket).hidden);
            const frozen = state.frozen(trained);
            made = compile({ y }, { ...trainingSession({ y }), frozen, runtime, threads, name: `values.${bucket}` });
            this.programs.set(bucket, made);
        }
        const program = await made;
        const all = {};
        for (const { name } of program.inputs)
            if (feeds[name])
                all[name] = feeds[name];
        for (const p of trained)
            if (program.parameters.has(p.name))
                all[p.name] = state.value(p);
        const { y } = await program.run(all);
        return perToken(packed, y.data, sequences.length);
    }
    async dispose() {
        for (const program of await Promise.allSettled(this.programs.values()))
            if (program.status === 'fulfilled')
                program.value.dispose();
        this.programs.clear();
        await this.graph.dispose();
    }
}
//# sourceMappingURL=value-reader.js.map