// `npm run bench -- prefill`: tokens per second of reading a prompt, beside the peers on the same weights.
import { selectRuntime } from '../src/runtime/select.js';
import { floatFolder, quantizedFolder } from './checkpoint.js';
import { LanguageModel } from './language.js';
import { caseOf, LANGUAGE_OPTIONS, languageOptions } from './language-options.js';
import { languagePeers } from './peers/language.js';
import { benchOptions, numbersOf, report, runBench } from './report.js';
import { enter, leave, OURS, speeds, takeTurns, threadsOf } from './sides.js';
const USAGE = `usage: npm run bench -- prefill [options]

From a prompt to its first token, by models of published shapes with random weights. With int4, ours multiplies eight bits by eight bits
(the second form of its weights), node-llama-cpp Q4_0, transformers.js q4; with fp32 all, PyTorch included, multiply floats.
`;
/** The benchmark. */
export async function main(args) {
    return runBench(async () => {
        const options = benchOptions(args, USAGE, { ...LANGUAGE_OPTIONS, tokens: 'LIST   lengths of prompts (default 900)' });
        if (!options)
            return;
        const { shapes, precisions, head } = languageOptions(options);
        const lengths = numbersOf('tokens', options.more.tokens ?? '900', { least: 16, most: 8000 });
        const runtime = await selectRuntime();
        const capacity = Math.max(...lengths) + 2;
        const rows = [];
        for (const shape of shapes)
            for (const precision of precisions) {
                const folder = precision === 'int4' ? await quantizedFolder(shape, head) : await floatFolder(shape);
                const model = await LanguageModel.load(folder, { runtime, capacity });
                const ours = { name: OURS, start: (threads) => model.start(threads) };
                const peers = options.peers ? languagePeers(shape, { precision, capacity }) : [];
                const entered = await enter([ours, ...peers], options.threadCounts, `prefill ${Math.min(256, ...lengths)}`);
                try {
                    for (const length of lengths) {
                        const times = await takeTurns(entered, `prefill ${length}`, { repeats: options.repeats, same: precision === 'fp32' });
                        rows.push({
                            name: 'prefill',
                            case: `${caseOf(shape, precision, head)} ${length} tokens`,
                            unit: 'tokens/s',
                            ...speeds(times, length),
                            roofline: null,
                            extra: threadsOf(entered),
                        });
                    }
                }
                finally {
                    await leave(entered);
                }
            }
        report(rows, options);
    });
}
//# sourceMappingURL=prefill.js.map