// Published data sets of preferences in columns of their own, as JSON or JSON lines; as parquet they are read by `parquet`.
import { pairLayoutOf } from '../published-pairs.js';
import { openRows } from './json-rows.js';
/** JSON rows of the layouts of `PAIR_LAYOUTS`; they are written as `trl`. */
export const preferences = {
    name: 'preferences',
    summary: 'JSON rows of RLHF-V, VLFeedback, LLaVA-RLHF, PKU-SafeRLHF and Anthropic HH',
    target: 'folder',
    detect: ({ first }) => first !== undefined && pairLayoutOf(first) !== undefined,
    open: openRows,
};
//# sourceMappingURL=preferences.js.map