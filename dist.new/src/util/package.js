// Where this package lies and its version: sources and build are at different depths below package.json. Node only.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SensoriumError } from './errors.js';
let found;
function locate() {
    if (found !== undefined)
        return found;
    for (let root = dirname(fileURLToPath(import.meta.url));; root = dirname(root)) {
        const path = join(root, 'package.json');
        if (existsSync(path)) {
            const manifest = JSON.parse(readFileSync(path, 'utf8'));
            if (manifest.name === 'sensorium') {
                found = { root, manifest };
                return found;
            }
        }
        if (dirname(root) === root)
            throw new SensoriumError('util.package', "sensorium's package.json is missing", {
                place: fileURLToPath(import.meta.url),
                hint: 'Install the package again',
            });
    }
}
/** The folder of Sensorium's package.json. */
export function packageRoot() {
    return locate().root;
}
/** The version in package.json. */
export function packageVersion() {
    return locate().manifest.version;
}
//# sourceMappingURL=package.js.map