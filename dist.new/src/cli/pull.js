// `sensorium pull MODEL`: brings a model of the hub into the cache and prints its folder.
import { defineCommand } from 'citty';
import { formatBytes, formatDuration } from '../util/progress.js';
import { pullModel } from '../weights/hub.js';
import { hubView } from './fetch-model.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';
/** Fetches a model; the folder goes to stdout, everything else to stderr. */
export async function pull(name, options = {}) {
    const { revision, json = false, signal, progress = createProgress(), write = (text) => void process.stdout.write(text) } = options;
    const show = hubView(progress);
    const onEvent = (event) => {
        show(event);
        if (event.type === 'plan')
            for (const { path, size } of event.files)
                progress.line(`  ${formatBytes(size).padStart(10)}  ${path}`);
    };
    const started = performance.now();
    try {
        const pulled = await pullModel(name, { revision, signal, onEvent });
        const seconds = (performance.now() - started) / 1000;
        progress.end();
        const { repo, fetched, commit } = pulled;
        progress.line(fetched > 0
            ? `${repo}: ${formatBytes(fetched)} in ${formatDuration(seconds)}, ${formatBytes(fetched / seconds)}/s; checksums are right`
            : `${repo} is here already (${commit.slice(0, 8)})`);
        write(json ? `${JSON.stringify({ ...pulled, seconds: Number(seconds.toFixed(3)) })}\n` : `${pulled.dir}\n`);
    }
    finally {
        progress.end();
    }
}
export default defineCommand({
    meta: { name: 'pull', description: 'Fetch a model of the Hugging Face hub into the shared cache and print its folder' },
    args: {
        model: { type: 'positional', description: 'org/name or org/name@revision', required: false, valueHint: 'MODEL' },
        revision: { type: 'string', description: 'branch, tag or commit (default: main)', valueHint: 'REV' },
        json: { type: 'boolean', description: 'print one JSON object with folder, commit and bytes' },
    },
    async run({ args }) {
        const [name, ...more] = args._;
        if (name === undefined || more.length > 0)
            throw usageError(name === undefined ? 'no model is named' : 'one model at a time', {
                expected: 'sensorium pull org/name',
                got: more.length > 0 ? args._.join(' ') : undefined,
            });
        await withInterrupt((signal) => pull(name, { revision: args.revision, json: args.json, signal }));
    },
});
//# sourceMappingURL=pull.js.map