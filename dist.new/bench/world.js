// `npm run bench -- world`: scenes per second on one core, from the description alone to pixels with all of their truth.
import { cellLabels, loadSprites, renderScene, sceneMasks, world } from '../src/world/index.js';
import { benchOptions, median, report, runBench } from './report.js';
const USAGE = `usage: npm run bench -- world [options]

Scenes of 64x64 per second on one core (this is JavaScript on one thread; --threads changes nothing). The bar is 300.
`;
const SCENES = 200;
/** The benchmark. */
export async function main(args) {
    return runBench(async () => {
        const options = benchOptions(args, USAGE);
        if (!options)
            return;
        const sprites = await loadSprites();
        const plain = world.instructions({ scenes: 1_000_000, language: 'mixed', turns: 4 });
        const degraded = world.instructions({ scenes: 1_000_000, language: 'mixed', turns: 4, evidence: 0.5 });
        const cases = {
            'scene and dialogue': (i) => void plain.get(i),
            'and pixels': (i) => void renderScene(plain.get(i).scene, sprites),
            'and masks and cells': (i) => {
                const { scene } = plain.get(i);
                renderScene(scene, sprites);
                sceneMasks(scene, sprites);
                cellLabels(scene, sprites, 8);
            },
            'degraded pixels': (i) => void renderScene(degraded.get(i).scene, sprites),
        };
        const times = new Map(Object.keys(cases).map((name) => [name, []]));
        for (let round = 0; round <= options.repeats; round++)
            for (const [name, work] of Object.entries(cases)) {
                const start = performance.now();
                for (let i = 0; i < SCENES; i++)
                    work(round * SCENES + i);
                if (round > 0)
                    times.get(name)?.push(performance.now() - start); // the first round fills the cache of drawings
            }
        const rows = [...times].map(([name, t]) => ({
            name: 'world',
            case: `64x64 ${name}`,
            unit: 'scenes/s',
            sensorium: SCENES / (median(t) / 1e3),
            peers: {},
            roofline: null,
        }));
        report(rows, options);
    });
}
//# sourceMappingURL=world.js.map