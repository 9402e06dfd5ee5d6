// `sensorium cases`: case studies, from a template over the replies of a model to a page with pictures, notes and verdicts.
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { defineCommand } from 'citty';
import { countCases, emptyCases, readCases } from '../evaluate/cases/cases.js';
import { CASE_TEMPLATES } from '../evaluate/cases/templates.js';
import { writeStudy } from '../evaluate/cases/write-study.js';
import { ask } from '../evaluate/file-benchmark.js';
import { writeAtomic } from '../util/fs.js';
import { fetchModel } from './fetch-model.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';
const TEMPLATES = Object.keys(CASE_TEMPLATES);
const startCommand = defineCommand({
    meta: { name: 'start', description: 'Write a file of cases to fill in, with the sections and prompts of a template' },
    args: {
        template: { type: 'positional', description: TEMPLATES.join(' or '), default: 'general' },
        out: { type: 'string', description: 'file to write, .jsonl', required: true, valueHint: 'FILE' },
    },
    async run({ args }) {
        const name = choiceOption('template', args.template, TEMPLATES);
        if (extname(args.out) !== '.jsonl')
            throw usageError('cases are JSON lines', { place: '--out', expected: 'FILE.jsonl', got: args.out });
        const isThere = await stat(args.out).then(() => true, () => false);
        if (isThere)
            throw usageError('the file is there already', { place: '--out', got: args.out, hint: 'What people filled in is not replaced' });
        const cases = emptyCases(CASE_TEMPLATES[name]);
        await writeAtomic(args.out, cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
        process.stdout.write(`${args.out}: ${cases.length} cases; give each its picture, and ask a model: sensorium cases ask ${args.out} --model MODEL\n`);
    },
});
const askCommand = defineCommand({
    meta: { name: 'ask', description: 'Ask a model about every case that has a prompt and no reply yet' },
    args: {
        cases: { type: 'positional', description: 'file of cases', required: true },
        model: { type: 'string', description: 'folder or name of a model', required: true, valueHint: 'MODEL' },
        out: { type: 'string', description: 'file to write, .jsonl', required: true, valueHint: 'FILE' },
        'max-tokens': { type: 'string', description: 'longest reply in tokens', default: '512', valueHint: 'N' },
    },
    async run({ args }) {
        const maxTokens = numberOption('max-tokens', args['max-tokens'], { min: 1, max: 100_000, integer: true });
        const progress = createProgress();
        await withInterrupt(async (signal) => {
            const cases = await readCases(args.cases, signal);
            const open = cases.filter(({ prompt, reply }) => prompt.trim() !== '' && reply.trim() === '');
            if (open.length === 0)
                throw usageError('every case has its reply', { place: args.cases });
            const held = [];
            try {
                const [{ Mllm }, { responderOf }] = await Promise.all([import('../generate/mllm.js'), import('../evaluate/responder.js')]);
                const model = await Mllm.load(await fetchModel(args.model, { signal }), { signal });
                held.unshift(model);
                const responder = await responderOf(model);
                held.unshift(responder);
                let done = 0;
                const replies = await responder.replies(open.map(({ prompt, pictures }) => ask(prompt, ...pictures)), { maxTokens, signal, onReply: () => progress.update({ label: 'cases', done: ++done, total: open.length }) });
                const replyTo = new Map(open.map((one, i) => [one, replies[i]]));
                const lines = cases.map((one) => {
                    const { pictures, place: _place, verdict, ...rest } = one;
                    const reply = replyTo.get(one);
                    const answered = reply === undefined ? {} : { reply, model: args.model };
                    return `${JSON.stringify({ ...rest, picture: pictures, verdict: verdict === 'open' ? '' : verdict, ...answered })}\n`;
                });
                await writeAtomic(args.out, lines.join(''));
                progress.end();
                process.stdout.write(`${args.out}: ${open.length} of ${cases.length} cases asked\n`);
            }
            finally {
                progress.end();
                for (const item of held)
                    await item.dispose();
            }
        });
    },
});
const reportCommand = defineCommand({
    meta: { name: 'report', description: 'Write cases as a page or as Markdown: counts by category, pictures, replies, notes, verdicts' },
    args: {
        cases: { type: 'positional', description: 'file of cases', required: true },
        out: { type: 'string', description: 'file to write, .html or .md', required: true, valueHint: 'FILE' },
        title: { type: 'string', description: 'heading (default: that of the template, or the file)', valueHint: 'TEXT' },
        template: { type: 'string', description: `the template that the cases began with: ${TEMPLATES.join(', ')}`, valueHint: 'NAME' },
        json: { type: 'boolean', description: 'print the counts as JSON' },
    },
    async run({ args }) {
        const name = choiceOption('template', args.template, TEMPLATES);
        const template = name === undefined ? undefined : CASE_TEMPLATES[name];
        await withInterrupt(async (signal) => {
            const cases = await readCases(args.cases, signal);
            await writeStudy(args.out, cases, { title: args.title ?? template?.title ?? args.cases, template }, signal);
            const counts = countCases(cases);
            const all = counts.at(-1)?.counts;
            if (args.json)
                process.stdout.write(`${JSON.stringify(counts)}\n`);
            else
                process.stdout.write(`${args.out}: ${cases.length} cases, ${all?.right} right, ${all?.partly} partly, ${all?.wrong} wrong, ${all?.open} open\n`);
        });
    },
});
/** The command group `sensorium cases`. */
export const casesCommand = defineCommand({
    meta: { name: 'cases', description: 'Case studies: from a template to a page' },
    subCommands: { start: startCommand, ask: askCommand, report: reportCommand },
});
export default casesCommand;
//# sourceMappingURL=cases.js.map