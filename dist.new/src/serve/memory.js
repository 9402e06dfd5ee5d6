// The bound on what a server keeps in memory: models with their caches, and what requests bring with them.
import { totalmem } from 'node:os';
const MIB = 2 ** 20;
/** What an engine takes for keys and values by default, at most. */
export const KV_BYTES = 2048 * MIB;
/** What an engine keeps of prompts and images that were seen before, by default, at most. */
export const CACHE_BYTES = 320 * MIB;
/** Part of the memory of this machine, or of its control group, that a server may use unless it is told otherwise. */
const SHARE = 0.8;
/** Bytes that a server may use by default: 80 % of what this machine, or the process's control group, has. */
export function defaultMemory(total = totalmem(), constrained = process.constrainedMemory()) {
    // Without a limit Node gives 0, or a number beyond any machine.
    return Math.floor(SHARE * Math.min(total, constrained || total));
}
/** Counts bytes by what they are for, against one bound. */
export class MemoryBudget {
    limit;
    reserve;
    sources = { models: [], requests: [] };
    /** Requests always have `reserve` bytes, however much models take. */
    constructor(limit, reserve) {
        this.limit = limit;
        this.reserve = reserve;
    }
    /** Adds something that holds memory. */
    count(kind, bytes) {
        this.sources[kind].push(bytes);
    }
    /** Bytes of models and their caches. */
    get models() {
        return sum(this.sources.models);
    }
    /** Bytes of bodies, files, images and the like. */
    get requests() {
        return sum(this.sources.requests);
    }
    /** Bytes that one model could have if no other were loaded and nothing under way. */
    get mostForModels() {
        return this.limit - this.reserve;
    }
    /** Bytes that more models may take at the moment; negative where there are too many already. */
    get freeForModels() {
        return this.limit - this.models - Math.max(this.requests, this.reserve);
    }
    /** True where a request may bring so many bytes more. */
    allows(bytes) {
        const requests = this.requests + bytes;
        return requests <= this.reserve || requests + this.models <= this.limit;
    }
}
const sum = (sources) => sources.reduce((total, bytes) => total + bytes(), 0);
//# sourceMappingURL=memory.js.map