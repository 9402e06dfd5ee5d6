// Connectors compared: how vision meets language (linear, MLP, Q-Former) and with how many tokens, on short runs of the quickstart's stages.
// Run as a sweep:
//   sensorium train recipes/connectors.ts --sweep connector=linear,mlp,qformer connector.tokens=4,16,64 seed=1,2,3 --out runs/connectors
// Must show: plain connectors learn sooner than a Q-Former, which has to find where things are (Honeybee, Cha et al. 2024). That the number of
// tokens matters more than the kind (MM1, McKinzie et al. 2024) does not show at this length: docs/training-small.md.
import { measureAndReport } from './parts/measure.js';
import { joinRecipe } from './quickstart.js';
/** Saves and measures a run: 100 rows of each POPE sampler, 80 of each type of question; the blind row stands with the quickstart. */
export async function finish({ result, dir, signal }) {
    await measureAndReport({
        title: 'Connectors',
        dir,
        state: result.state,
        summaries: result.summaries,
        command: 'sensorium train recipes/connectors.ts',
        seed: 0,
        counts: { pope: 100, vqa: 80 },
        benches: ['pope', 'vqa'],
        baselines: false,
        trainSeconds: result.seconds,
        signal,
    });
}
export default joinRecipe('connectors', { vision: 'models/world-clip', language: 'models/world-llama' }, { pretrain: 60, instruct: 240 });
//# sourceMappingURL=connectors.js.map