// Values of predicted tokens, by sequence and in the order in which a packed batch holds them.
import { hostTensor } from '../util/host.js';
/** Values [n] of the places of a batch as those of each sequence, in order of its tokens. */
export function perToken({ owners, predictions }, values, sequences) {
    const out = Array.from({ length: sequences }, () => []);
    for (let i = 0; i < predictions; i++) {
        const owner = owners.data[i];
        out[owner].push(values[i]);
    }
    return out;
}
/** Values of each sequence's tokens as [n] of the places of a batch; 0 on filling. A number stands for all tokens of its sequence. */
export function atPlaces({ owners, predictions }, values) {
    const out = hostTensor('float32', owners.shape);
    const next = values.map(() => 0);
    for (let i = 0; i < predictions; i++) {
        const owner = owners.data[i];
        const own = values[owner];
        out.data[i] = typeof own === 'number' ? own : own[next[owner]++];
    }
    return out;
}
//# sourceMappingURL=token-values.js.map