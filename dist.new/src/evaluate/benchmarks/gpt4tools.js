// GPT4Tools (Yang et al. 2023): instructions to be carried out with tools; whether tools, their names and their arguments are right.
import { z } from 'zod';
import { DISK } from '../bench-files.js';
import { drawRows, parseRow } from '../file-benchmark.js';
import { toolScores } from '../metrics/tool-steps.js';
import { withoutThinking } from '../reply.js';
import { meanShare, shareOf, unparsed } from '../scores.js';
const schema = z.looseObject({
    id: z.union([z.string(), z.number()]).transform(String),
    instruction: z.string().min(1),
    output: z.string().min(1),
});
const SHAPE = '{"id": 1, "instruction": "… New input: …", "output": "Thought: Do I need to use a tool? Yes\\nAction: …\\nAction Input: …"}';
async function* read(files, file, signal) {
    for await (const record of files.records(file, { signal })) {
        const { id, instruction, output } = parseRow(schema, record, SHAPE);
        const kind = /^Action:/m.test(output) ? 'tools' : 'no tools';
        yield { id, place: record.place, kind, messages: [{ role: 'user', content: instruction }], truth: output };
    }
}
const scored = ({ reply, truth }, official = false) => toolScores(withoutThinking(reply), truth, { official });
/** GPT4Tools over `gpt4tools_test_seen.json` and `gpt4tools_test_unseen.json`. Rows are text; images stand in them by their paths. */
export const gpt4Tools = ({ data, files = DISK }) => ({
    name: 'gpt4tools',
    title: 'GPT4Tools',
    about: 'success rates of using tools',
    reads: 'gpt4tools_test_seen.json, …_unseen.json',
    maxTokens: 256,
    constants: null,
    rows: (options) => drawRows(data, options, (file) => read(files, file, options.signal)),
    score(done) {
        const all = done.map((row) => scored(row));
        const official = done.map((row) => scored(row, true));
        return [
            shareOf('overall', all, ({ success }) => success, { note: 'thought and action right, arguments at least half' }),
            meanShare('thought', all.map(({ thought }) => thought), { note: 'whether a tool is needed' }),
            meanShare('action', all.map(({ action }) => action), { note: 'names of the tools' }),
            meanShare('arguments', all.map(({ args }) => args), { note: 'paths equal, words by BLEU-1' }),
            shareOf('overall by the official script', official, ({ success }) => success, { detail: true, note: 'any image for another' }),
            meanShare('arguments by the official script', official.map(({ args }) => args), { detail: true }),
            unparsed(done, ({ reply }) => !/Thought: Do I need to use a tool\?/.test(withoutThinking(reply)), 'replies without a thought'),
        ];
    },
    right: (row) => scored(row).success,
});
//# sourceMappingURL=gpt4tools.js.map