// A judge of our own (HaELM, Wang et al. 2023): world-llama reads captions of a scene and says of another whether it is accurate. It learns from exact
// labels, which cost nothing, and is measured on scenes that it has not read about: `sensorium train recipes/haelm.ts --out runs/haelm`.
// Must show: accuracy >= 0.75 and kappa >= 0.5 on the split `test`, in English. It shows 0.71 and 0.42 (docs/evaluate.md). It knows the words of scenes only.
import { join } from 'node:path';
import { captionsAbout, checkJudge, haelmMessages, haelmPrompt, modelJudge, responderOf } from '../src/evaluate/index.js';
import { Mllm } from '../src/generate/mllm.js';
import { open } from '../src/model/index.js';
import { defineRecipe, saveTrained, stage } from '../src/train/index.js';
import { writeAtomic } from '../src/util/fs.js';
import { Rng } from '../src/util/rng.js';
import { makeScene } from '../src/world/index.js';
/** Captions that are judged in one conversation, as many as fit. */
const CAPTIONS = 10;
/** Conversations that teach a judge: row `index` is about scene `index` of the split `train`. */
export function haelmConversations({ scenes, seed }) {
    const world = { split: 'train', seed };
    return {
        length: scenes,
        describe: { data: 'captions judged beside references', scenes, seed, captions: CAPTIONS },
        async get(index) {
            const rng = new Rng(`haelm/${seed}/${index}`);
            for (let i = index;; i += scenes) {
                const found = captionsAbout(makeScene(i, world), { language: 'en', rng, n: CAPTIONS });
                if (!found)
                    continue;
                const asked = found.captions.map(({ candidate, truth }) => ({
                    messages: haelmMessages(haelmPrompt(found.references, candidate)),
                    truth,
                }));
                const messages = [
                    ...(asked[0]?.messages.slice(0, 1) ?? []),
                    ...asked.flatMap(({ messages: [, user], truth }) => [user, { role: 'assistant', content: truth }]),
                ];
                return { id: String(index), messages, at: { file: 'the scene world', row: index } };
            }
        },
    };
}
/** Saves the judge and measures it on held-out scenes: `model/` and `judge.json`. */
export async function finish({ result, dir, signal, note }) {
    const saved = await saveTrained(result.state, dir);
    const model = await Mllm.load(saved, { signal });
    const responder = await responderOf(model);
    try {
        const judge = modelJudge('haelm', { model, responder, trained: true });
        const check = await checkJudge({ judge, scene: (i) => makeScene(i, { split: 'test', seed: 77 }), n: 400, seed: 77, signal });
        const seconds = Math.round(result.seconds);
        await writeAtomic(join(dir, 'judge.json'), `${JSON.stringify({ ...check, split: 'test', trainSeconds: seconds }, null, 2)}\n`);
        for (const { name, value, low, high } of check.scores.statements ?? [])
            note(`${name}: ${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`);
    }
    finally {
        await responder.dispose();
        model.dispose();
    }
}
export default defineRecipe({
    name: 'haelm',
    seed: 0,
    model: open('models/world-llama'),
    stages: [
        stage.instruct({
            name: 'judge',
            train: ['all'],
            steps: 2000,
            batch: 8,
            lr: 1.5e-3,
            betas: [0.9, 0.98],
            weightDecay: 0.02,
            minRatio: 0.03,
            maxLength: 256,
            blindEvery: 0,
            data: haelmConversations({ scenes: 100_000, seed: 31 }),
        }),
    ],
});
//# sourceMappingURL=haelm.js.map