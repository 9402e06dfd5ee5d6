// Loading a recipe: a module that users write in TypeScript or JavaScript, checked before it is used.
import { stat } from 'node:fs/promises';
import { extname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SensoriumError } from '../util/errors.js';
import { mapIoError } from '../util/fs.js';
import { packageRoot } from '../util/package.js';
/** How files end that are loaded as modules. */
export const MODULE_ENDINGS = ['.ts', '.mts', '.js', '.mjs'];
/** Loads a recipe module. Throws `cli.recipe`, naming the file, when it is none; I/O errors as in `util/fs`. */
export async function loadRecipe(path) {
    const file = resolve(path);
    const info = await stat(file).catch((error) => {
        throw mapIoError(error, path);
    });
    const expected = 'a module whose default export is defineRecipe({ … })';
    if (info.isDirectory())
        throw new SensoriumError('cli.recipe', 'this is a folder, not a recipe', { place: path, expected });
    if (!MODULE_ENDINGS.includes(extname(file)))
        throw new SensoriumError('cli.recipe', 'this is not a recipe', {
            place: path,
            expected: `${expected}, a file ending in ${MODULE_ENDINGS.join(', ')}`,
        });
    let module;
    try {
        module = await importModule(file);
    }
    catch (error) {
        if (error instanceof SensoriumError)
            throw error;
        const missing = error?.code === 'ERR_MODULE_NOT_FOUND';
        throw new SensoriumError('cli.recipe', 'the recipe cannot be loaded', {
            place: path,
            got: error instanceof Error ? (error.message.split('\n').slice(0, 3).join('\n') ?? error.name) : String(error),
            hint: missing
                ? 'Check its imports; sensorium itself must be installed where the recipe lies (npm install sensorium)'
                : 'Correct the file; --debug shows the whole error',
            cause: error,
        });
    }
    const recipe = module.default;
    if (typeof recipe !== 'object' || recipe === null || !Array.isArray(recipe.stages))
        throw new SensoriumError('cli.recipe', 'this module holds no recipe', {
            place: path,
            expected,
            got: `exports: ${Object.keys(module).join(', ') || 'none'}`,
        });
    for (const key of ['finish', 'finishSweep'])
        if (module[key] !== undefined && typeof module[key] !== 'function')
            throw new SensoriumError('cli.recipe', `${key} must be a function`, { place: path, got: typeof module[key] });
    const { finish, finishSweep } = module;
    return { recipe: recipe, finish, finishSweep };
}
/** Imports a module that a user wrote, in TypeScript or JavaScript, by its absolute path. */
export async function importModule(file) {
    const inside = relative(packageRoot(), file);
    const compiled = fileURLToPath(import.meta.url).endsWith('.js');
    if (/\.m?js$/.test(file) || !compiled)
        return import(pathToFileURL(file).href);
    if (inside.startsWith(`recipes${sep}`)) {
        // Our own recipes import our sources: compiled, they share the modules that run here; through tsx there would be two of each.
        const built = join(packageRoot(), 'dist', inside.replace(/\.(m?)ts$/, '.$1js'));
        const [source, build] = await Promise.all([stat(file), stat(built).catch(() => undefined)]);
        if (build === undefined || build.mtimeMs < source.mtimeMs)
            throw new SensoriumError('cli.recipe', 'the recipe is newer than the build', {
                place: inside,
                hint: 'Run npm run build, then again',
            });
        return import(pathToFileURL(built).href);
    }
    const { register } = await import('tsx/esm/api');
    const unregister = register({ tsconfig: false });
    try {
        return await import(pathToFileURL(file).href);
    }
    finally {
        await unregister();
    }
}
//# sourceMappingURL=recipe-module.js.map