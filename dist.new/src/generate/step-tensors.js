// Inputs of a decoding step, made once for each shape and fed again and again, so that the runtime keeps its handles on them.
import { hostTensor } from '../util/host.js';
/** Inputs of a step of `n` tokens of each of `batch` rows. `picked`: how many places have logits; default: the last of each row. */
export function stepTensors(batch, n, { picked = batch, kinds = 0, switched = false } = {}) {
    const int32 = (...shape) => hostTensor('int32', shape);
    const t = { ids: int32(batch, n), last: int32(picked), lengths: int32(batch), total: int32() };
    return {
        ...t,
        ...(kinds > 0 ? { positions: int32(kinds, batch, n) } : {}),
        ...(switched ? { epsilon: hostTensor('float32', [picked]) } : {}),
    };
}
//# sourceMappingURL=step-tensors.js.map