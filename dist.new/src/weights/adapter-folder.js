// Adapters by name: the folder that a path or a hub id means, and an adapter's folder given in the place of a model.
import { stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { pathHint } from '../util/near-path.js';
import { FILES } from './folder.js';
import { modelFolder } from './hub.js';
import { parseHubId } from './hub-settings.js';
import { ADAPTER_FILES, readPeftConfig } from './peft-config.js';
const isFile = (path) => stat(path).then((s) => s.isFile(), () => false);
const isFolder = (path) => stat(path).then((s) => s.isDirectory(), () => false);
/** True for a folder that holds an adapter and not a whole model. */
export async function isAdapterFolder(dir) {
    const has = (name) => isFile(join(dir, name));
    if (!(await has(ADAPTER_FILES.config)))
        return false;
    return !((await has(FILES.config)) && ((await has(FILES.weights)) || (await has(FILES.index))));
}
/**
 * The folder of an adapter: a path as it is, else `org/name` or `org/name@revision` of the hub, fetched if need be. Errors: `adapter.files`
 * for a path that is not the folder of one, those of `pullModel`.
 */
export async function adapterFolder(name, options = {}) {
    const dir = await modelFolder(name, options, 'adapter');
    if (await isFile(join(dir, ADAPTER_FILES.config)))
        return dir;
    const isThere = await isFolder(dir);
    const inner = join(dir, 'adapter');
    throw new SensoriumError('adapter.files', isThere ? 'this folder does not hold an adapter' : 'there is no such folder', {
        place: dir,
        expected: `${ADAPTER_FILES.config} and ${ADAPTER_FILES.weights}, or the id of an adapter on the hub`,
        hint: !isThere
            ? pathHint(dir)
            : (await isFile(join(inner, ADAPTER_FILES.config)))
                ? `Did you mean ${inner}?`
                : 'Name the folder that peft, or sensorium sft --lora, has written',
    });
}
/**
 * The folder that `name` means, as `modelFolder` gives it. Where that holds an adapter alone, the folder of its base (which may be given
 * relative to here, relative to the adapter, or as a hub id) and the adapter. Errors: those of `modelFolder`; `adapter.base` where the
 * base is not there.
 */
export async function modelFolders(name, options = {}) {
    const dir = await modelFolder(name, options);
    if (!(await isAdapterFolder(dir)))
        return { dir, adapters: [] };
    const { base_model_name_or_path: base, revision } = await readPeftConfig(dir);
    const isModel = (path) => isFile(join(path, FILES.config));
    if (base) {
        for (const path of isAbsolute(base) ? [base] : [base, join(dir, base)])
            if (await isModel(path))
                return { dir: path, adapters: [dir] };
        const { revision: _, ...others } = options; // that of the adapter
        if (parseHubId(base))
            return { dir: await modelFolder(base, { ...others, revision: revision ?? undefined }), adapters: [dir] };
    }
    throw new SensoriumError('adapter.base', 'this folder holds an adapter, and its base is not there', {
        place: join(dir, ADAPTER_FILES.config),
        expected: 'base_model_name_or_path to be the folder or hub id of a model',
        got: base ?? 'nothing',
        hint: 'Name the base as the model, and this folder as its adapter (--adapter DIR)',
    });
}
//# sourceMappingURL=adapter-folder.js.map