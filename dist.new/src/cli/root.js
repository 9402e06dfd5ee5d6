// How a model named on the command line is found.
import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { packageRoot } from '../util/package.js';
/** The model that answers when none is named. */
export const DEFAULT_MODEL = 'models/sensorium-tiny';
/** A model named on the command line: a path from here, else one that ships with the package (`models/…` or its bare name), else as given. */
export function locateModel(name) {
    if (isAbsolute(name) || existsSync(name))
        return name;
    for (const candidate of [join(packageRoot(), name), join(packageRoot(), 'models', name)]) {
        const inside = !relative(packageRoot(), resolve(candidate)).startsWith('..');
        if (inside && existsSync(candidate))
            return candidate;
    }
    return name;
}
/** Names of the models that ship with the package. */
export function shippedModels() {
    const folder = join(packageRoot(), 'models');
    return existsSync(folder) ? readdirSync(folder) : [];
}
//# sourceMappingURL=root.js.map