// Peers from npm, installed on demand into a cache folder of the checkout: they are measured, never depended on.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/util/package.js';
/** Where peers and their models lie. */
export function cacheFolder() {
    const dir = process.env.SENSORIUM_BENCH_CACHE ?? join(packageRoot(), '.cache', 'bench');
    mkdirSync(dir, { recursive: true });
    if (!existsSync(join(dir, 'package.json')))
        writeFileSync(join(dir, 'package.json'), '{ "private": true }\n');
    return dir;
}
/** Installs exact versions (`name@version`) without running install scripts, unless they are there. Returns the folder. */
export async function installPeers(packages) {
    const dir = cacheFolder();
    const missing = packages.filter((spec) => {
        const at = spec.lastIndexOf('@');
        const manifest = join(dir, 'node_modules', spec.slice(0, at), 'package.json');
        return !existsSync(manifest) || JSON.parse(readFileSync(manifest, 'utf8')).version !== spec.slice(at + 1);
    });
    if (missing.length > 0) {
        process.stderr.write(`installing ${missing.join(', ')} into ${dir}\n`);
        const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--omit=optional', '--save-exact', ...missing];
        await promisify(execFile)('npm', args, { cwd: dir, timeout: 300_000 });
    }
    return dir;
}
//# sourceMappingURL=install.js.map