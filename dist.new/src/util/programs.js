// Programs of the machine that something here can use: where they are.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
/** The path of a program in PATH; undefined when there is none. */
export function findProgram(name) {
    const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
    for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
        for (const ending of endings) {
            const file = path.join(folder, name + ending);
            try {
                accessSync(file, constants.X_OK);
                return file;
            }
            catch {
                // not in this folder: the next one is looked at
            }
        }
    }
    return undefined;
}
//# sourceMappingURL=programs.js.map