// A benchmark over files as one over the scene world: its files are made in memory with exact truth, and read and scored by its own code.
import { mediaParts } from '../../../text/index.js';
import { memoryFiles } from '../../bench-files.js';
import { cohenKappa } from '../../metrics/kappa.js';
import { sceneBehind } from '../../scenes.js';
import { share } from '../../scores.js';
import { WorldDraw } from './draw.js';
import { rateExactly } from './exact.js';
/** `world:NAME` for the benchmark NAME over files: the same rows' form, parsers and scores. */
export function overWorld(form) {
    const { open, about, n: own, maxTokens, exact, describes } = form;
    return (scenes) => {
        const file = open({ data: [] });
        const { source } = scenes;
        const claims = source.claims && ((scene, reply) => source.claims?.(scene, reply));
        /** A row with the verdicts of the truth. */
        const rated = exact &&
            claims &&
            ((row) => ({ ...row, verdicts: exact(row, ...rateExactly(row, claims, describes)).map((text) => [text]) }));
        return {
            ...file,
            name: `world:${file.name}`,
            title: `world ${file.title}`,
            about: rated && !source.judged ? `${about}; rated by exact truth` : about,
            reads: undefined,
            maxTokens: maxTokens ?? file.maxTokens,
            async *rows({ n = own, signal }) {
                const draw = new WorldDraw(scenes, file.name, n, signal);
                const files = form.files(draw);
                const data = form.data ?? Object.keys(files);
                for await (const row of open({ data, images: '.', files: memoryFiles(files, draw) }).rows({ signal })) {
                    const boxes = sceneBehind(mediaParts(row.messages)[0]?.source)?.boxes;
                    yield boxes ? { ...row, boxes } : row;
                }
            },
            ...(rated && source.judged ? { score: (done) => [...file.score(done), ...agreement(file, done, done.map(rated))] } : {}),
            ...(rated && !source.judged
                ? { exact: true, judge: undefined, score: (done) => file.score(done.map(rated)), right: (row) => file.right(rated(row)) }
                : {}),
        };
    };
}
/** How a judge agrees with the exact truth on which replies are right. */
function agreement(file, judged, rated) {
    const pairs = judged.map((row, i) => [file.right(row), file.right(rated[i])]);
    const note = 'which replies are right';
    return [
        share('judge agrees with the exact truth', pairs.filter(([a, b]) => a === b).length, pairs.length, { note }),
        {
            name: "judge's kappa with the exact truth",
            ...cohenKappa(pairs.map(([a]) => String(a)), pairs.map(([, b]) => String(b)), { categories: ['true', 'false'] }),
            better: 'higher',
            note,
        },
    ];
}
//# sourceMappingURL=form.js.map