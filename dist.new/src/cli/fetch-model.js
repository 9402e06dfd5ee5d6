// A model named on the command line, wherever it is: a folder, one that ships with the package, or one of the hub, fetched with a bar. Adapters too.
import { SensoriumError } from '../util/errors.js';
import { recoverFolder } from '../util/fs.js';
import { pathHint } from '../util/near-path.js';
import { formatBytes, formatDuration } from '../util/progress.js';
import { modelFolder, parseHubId } from '../weights/hub.js';
import { didYouMean } from './nearest.js';
import { locateModel, shippedModels } from './root.js';
import { createProgress } from './terminal.js';
/** The folder of a model; a download is shown on stderr. Errors: `weights.folder` for what is neither a folder nor an id; those of `modelFolder`. */
export async function fetchModel(name, options = {}) {
    const place = locateModel(name);
    if (parseHubId(place) === undefined && !(await recoverFolder(place)))
        throw new SensoriumError('weights.folder', 'there is no such model', {
            place: name,
            expected: 'a folder, a model that ships with the package, or org/name on the hub',
            hint: didYouMean(name, shippedModels()) ?? pathHint(name),
        });
    return withBar(options, (hub) => modelFolder(place, hub));
}
/** The folders of adapters, each given as a folder or a hub id; downloads are shown on stderr. Errors: those of `adapterFolder`. */
export async function fetchAdapters(names, options = {}) {
    const { adapterFolder } = await import('../weights/adapter-folder.js'); // not for --help: it knows the networks
    return withBar(options, async (hub) => {
        const folders = [];
        for (const name of names)
            folders.push(await adapterFolder(name, hub));
        return folders;
    });
}
async function withBar({ progress = createProgress(), ...hub }, work) {
    try {
        return await work({ onEvent: hubView(progress), ...hub });
    }
    finally {
        progress.end();
    }
}
/** Returns a listener that shows a download on `progress`. */
export function hubView(progress, now = () => performance.now()) {
    let repo = '';
    let began;
    return (event) => {
        switch (event.type) {
            case 'plan': {
                repo = event.repo;
                began = undefined;
                const here = event.resumed > 0 ? `, of which ${formatBytes(event.resumed)} are here already` : '';
                const files = `${event.files.length} file${event.files.length === 1 ? '' : 's'}`;
                progress.line(`${repo} at ${event.revision} (${event.commit.slice(0, 8)}): ${files}, ${formatBytes(event.bytes)}${here}, into ${event.dir}`);
                break;
            }
            case 'progress': {
                began ??= { at: now(), done: event.done };
                const seconds = (now() - began.at) / 1000;
                const rate = seconds > 0.5 ? `${formatBytes((event.done - began.done) / seconds)}/s` : undefined;
                progress.update({ label: `fetching ${repo}`, done: event.done, total: event.total, format: formatBytes, note: rate });
                break;
            }
            case 'file':
                break; // the bar says it
            case 'retry':
                progress.line(`  ${event.path}: ${event.reason}; trying again${event.ms > 0 ? ` in ${formatDuration(event.ms / 1000)}` : ''}`);
                break;
            case 'wait':
                progress.line(`${event.repo} is being fetched by another process (${event.holder}); waiting for it`);
                break;
            case 'stale':
                progress.line(`warning: the hub cannot be reached (${event.reason}); using ${event.repo} at ${event.revision} from the cache (${event.commit.slice(0, 8)})`);
                break;
        }
    };
}
//# sourceMappingURL=fetch-model.js.map