// The folder of a run: whose replies it holds, and the replies. Any number of processes may use it at once.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { differences } from '../../train/identity.js';
import { SensoriumError } from '../../util/errors.js';
import { readJson, writeAtomic } from '../../util/fs.js';
import { cachedJudge, cachedResponder } from './cached.js';
import { ContentNames, contentKey } from './content.js';
import { ReplyStore } from './store.js';
const schema = z.object({
    version: z.literal(1),
    name: z.string(),
    model: z.record(z.string(), z.unknown()),
    files: z.record(z.string(), z.object({ size: z.number(), changed: z.number(), hash: z.string() })),
});
const fileOf = (dir) => join(dir, 'run.json');
async function readRun(dir) {
    const path = fileOf(dir);
    const isThere = await access(path).then(() => true, () => false);
    if (!isThere)
        return undefined;
    const { success, data, error } = schema.safeParse(await readJson(path));
    if (success)
        return data;
    throw new SensoriumError('evaluate.run', 'this is not the folder of a run', {
        place: path,
        expected: 'what sensorium eval --run writes, in layout 1',
        got: `${error.issues[0]?.path.join('.')}: ${error.issues[0]?.message}`,
        hint: 'Choose another folder',
    });
}
/** Hashes of the model's files that the folder knows from before, so that large weights are read once. */
export async function knownFiles(dir) {
    return (await readRun(dir))?.files ?? {};
}
/** An open folder. */
export class RunFolder {
    dir;
    store;
    model;
    names = new ContentNames();
    constructor(dir, store, model) {
        this.dir = dir;
        this.store = store;
        this.model = model;
    }
    /**
     * Opens the folder of a run; a new one is made for this model. Errors: `evaluate.run` for the folder of another model, or of this one before
     * its files changed, with what differs.
     */
    static async open(dir, { name, model, files = {} }) {
        const before = await readRun(dir);
        const changed = before ? differences(before.model, JSON.parse(JSON.stringify(model))) : [];
        if (before && changed.length > 0)
            throw new SensoriumError('evaluate.run', 'the folder holds the replies of another model', {
                place: dir,
                expected: `${before.name}: ${changed.map((d) => `${d.key} ${d.before}`).join(', ')}`,
                got: `${name}: ${changed.map((d) => `${d.key} ${d.after}`).join(', ')}`,
                hint: 'Choose another folder for this model; one whose files or adapters have changed is another model',
            });
        if (!before)
            await writeAtomic(fileOf(dir), `${JSON.stringify({ version: 1, name, model, files }, null, 1)}\n`);
        return new RunFolder(dir, await ReplyStore.open(join(dir, 'replies')), model);
    }
    /** A responder of the model, which is asked only what the folder does not have. */
    responder(responder) {
        return cachedResponder(responder, { store: this.store, names: this.names, model: contentKey(this.model) });
    }
    /** A judge, which is asked only what the folder does not have from it. */
    judge(judge, identity) {
        return cachedJudge(judge, { store: this.store, model: contentKey(identity) });
    }
    /** Makes the replies safe on the disk and closes the file of this process. */
    close() {
        return this.store.close();
    }
}
//# sourceMappingURL=run-folder.js.map