// Checkpoints: a folder each, written as a whole or not at all, with everything that a bit-identical continuation needs.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collectGarbage } from '../util/collect.js';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, readJson, recoverFolder, writeFolderAtomic } from '../util/fs.js';
import { hostTensor } from '../util/host.js';
import { layoutSafetensors, SafetensorsFile } from '../weights/safetensors.js';
import { sharedAs, soloRanks } from './parallel/ranks.js';
const FORMAT = 1;
const KEEP = 2;
const WEIGHTS = 'weights.safetensors';
const OPTIMIZER = 'optimizer.safetensors';
const CARRIED = 'carried.safetensors';
const TRAINER = 'trainer.json';
const NAME = /^(\d{3})-(.+)-(\d{8})$/;
const LEFTOVER = /^(\d{3}-.+-\d{8})\.(?:tmp|new|old)-\d+-[0-9a-f]{8}$/;
/** SHA-256 over names and values: tells whether frozen weights are the ones a run began with. */
export function fingerprint(values) {
    const hash = createHash('sha256');
    for (const [p, { data }] of [...values].sort(([a], [b]) => (a.name < b.name ? -1 : 1))) {
        hash.update(`${p.name}\0`);
        hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    return hash.digest('hex');
}
/** The checkpoints of one run folder, `DIR/checkpoints/STAGE-NAME-STEP`. */
export class CheckpointStore {
    dir;
    constructor(runDir) {
        this.dir = join(runDir, 'checkpoints');
    }
    /** Paths, oldest first. Finishes or removes what a killed process left half done. */
    async list() {
        const names = async () => {
            try {
                return await readdir(this.dir);
            }
            catch (error) {
                if (error.code === 'ENOENT')
                    return [];
                throw mapIoError(error, this.dir);
            }
        };
        for (const base of new Set((await names()).flatMap((n) => LEFTOVER.exec(n)?.[1] ?? [])))
            await recoverFolder(join(this.dir, base));
        // Zero-padded stage and step: but the name between them must not decide.
        const key = (n) => n.replace(NAME, '$1 $3');
        return (await names())
            .filter((n) => NAME.test(n))
            .sort((a, b) => (key(a) < key(b) ? -1 : 1))
            .map((n) => join(this.dir, n));
    }
    path({ index, name }, step) {
        return join(this.dir, `${String(index).padStart(3, '0')}-${name}-${String(step).padStart(8, '0')}`);
    }
    /** Writes a checkpoint and removes all but the last two and those with the best weights that they name. */
    async write(trainer, state, { buffers, moments = buffers, carried = {} }) {
        const path = this.path(trainer.stage, trainer.stage.step);
        await mkdir(this.dir, { recursive: true }).catch((error) => {
            throw mapIoError(error, this.dir);
        });
        await writeFolderAtomic(path, async (tmp) => {
            const files = {};
            const put = async (file, tensors) => {
                files[file] = await writeTensors(join(tmp, file), tensors);
            };
            await put(WEIGHTS, state.record(state.touched));
            const named = {};
            for (const key of ['m', 'v'])
                for (const [n, t] of Object.entries(buffers.record(moments[key])))
                    named[`${key}.${n}`] = t;
            await put(OPTIMIZER, named);
            if (Object.keys(carried).length > 0)
                await put(CARRIED, carried);
            await writeFile(join(tmp, TRAINER), `${JSON.stringify({ format: FORMAT, ...trainer, files }, null, 1)}\n`);
        });
        const others = (await this.list()).filter((p) => p !== path);
        const last = [path, ...others.slice(-(KEEP - 1))];
        const kept = new Set([...last, ...(await Promise.all(last.map((p) => this.bestOf(p))))]);
        for (const old of others)
            if (!kept.has(old))
                await rm(old, { recursive: true, force: true });
        return path;
    }
    /** The checkpoint that another one names as the best; undefined for none. */
    async bestOf(path) {
        // One that cannot be read cannot be resumed from either, and needs nothing.
        const trainer = await readJson(join(path, TRAINER)).catch(() => undefined);
        return trainer?.best === undefined ? undefined : this.path(trainer.stage, trainer.best);
    }
    /** Puts the best weights that a checkpoint names into a state. Does nothing where it names none, or has them itself. Errors: `train.checkpoint`. */
    async restoreBest({ stage, best }, state, ranks = soloRanks) {
        if (best === undefined || best === stage.step)
            return;
        const path = this.path(stage, best);
        try {
            await restoreWeights(await ranks.first(() => openCheckpoint(path)), state, ranks);
        }
        catch (error) {
            const failure = new SensoriumError('train.checkpoint', 'the checkpoint with the best held-out loss cannot be read', {
                place: path,
                got: error.message,
                hint: 'Resume with keepBest=false to end with the last weights',
                cause: error,
            });
            throw sharedAs(failure, error);
        }
    }
    /** The newest checkpoint that is whole. `onDamaged` hears of newer ones that are not; throws `train.checkpoint` when all are. */
    async latest(onDamaged) {
        const paths = (await this.list()).reverse();
        let failure;
        for (const path of paths) {
            try {
                return await openCheckpoint(path);
            }
            catch (error) {
                failure ??= error;
                onDamaged(path, error);
            }
        }
        if (!failure)
            return undefined;
        throw new SensoriumError('train.checkpoint', 'no checkpoint of this run can be read', {
            place: this.dir,
            got: failure.message,
            hint: 'Remove the folder to start over',
            cause: failure,
        });
    }
}
/** Writes a safetensors file tensor by tensor, without a copy of them all. Returns its SHA-256. */
async function writeTensors(path, tensors) {
    const { head, offsets } = layoutSafetensors(Object.entries(tensors).map(([name, { dtype, shape }]) => ({ name, dtype, shape })));
    const hash = createHash('sha256');
    const file = await open(path, 'wx');
    try {
        const put = async (bytes) => {
            hash.update(bytes);
            await file.writeFile(bytes); // goes on where the last one ended
        };
        await put(head);
        for (const name of offsets.keys()) {
            const { data } = tensors[name];
            await put(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
        }
    }
    finally {
        await file.close();
    }
    return hash.digest('hex');
}
/** Opens and verifies a checkpoint without reading its tensors. Throws `train.checkpoint` or what the file formats throw. */
export async function openCheckpoint(path) {
    const trainer = await readJson(join(path, TRAINER));
    if (trainer.format !== FORMAT)
        throw new SensoriumError('train.checkpoint', 'the checkpoint has another format', {
            place: path,
            expected: String(FORMAT),
            got: String(trainer.format),
            hint: 'Resume with the version of Sensorium that wrote it',
        });
    for (const [file, expected] of Object.entries(trainer.files)) {
        const full = join(path, file);
        const hash = createHash('sha256');
        try {
            for await (const bytes of createReadStream(full))
                hash.update(bytes);
        }
        catch (error) {
            throw mapIoError(error, full);
        }
        const got = hash.digest('hex');
        if (got !== expected)
            throw new SensoriumError('train.checkpoint', 'a file of the checkpoint is damaged', {
                place: full,
                expected: `SHA-256 ${expected.slice(0, 12)}…`,
                got: `${got.slice(0, 12)}…`,
            });
    }
    return { path, trainer };
}
/** The tensors of a file, which rank 0 reads for all. */
async function readTensors(path, ranks = soloRanks) {
    let tensors = {};
    const infos = await ranks.first(async () => {
        const source = await SafetensorsFile.open(path);
        tensors = await source.readMany([...source.tensors.keys()]);
        return Object.entries(tensors).map(([name, { dtype, shape }]) => [name, dtype, [...shape]]);
    });
    for (const [name, dtype, shape] of infos) {
        if (!ranks.isFirst)
            tensors[name] = hostTensor(dtype, shape);
        const { buffer, byteOffset, byteLength } = tensors[name].data;
        if (byteLength > 0)
            await ranks.communicator.broadcast(new Uint8Array(buffer, byteOffset, byteLength));
    }
    return tensors;
}
/** Both moments of a checkpoint. */
async function readMoments({ path, trainer }, ranks) {
    const moments = trainer.files[OPTIMIZER] ? await readTensors(join(path, OPTIMIZER), ranks) : {};
    const part = (prefix) => Object.fromEntries(Object.entries(moments).flatMap(([n, t]) => (n.startsWith(prefix) ? [[n.slice(prefix.length), t]] : [])));
    return { m: part('m.'), v: part('v.') };
}
/** Reads and verifies one checkpoint. Errors: as `openCheckpoint`. */
export async function readCheckpoint(path) {
    const opened = await openCheckpoint(path);
    return { ...opened, weights: await readTensors(join(path, WEIGHTS)), ...(await readMoments(opened)) };
}
/** Puts a checkpoint's weights into a state. */
export async function restoreWeights({ path }, state, ranks) {
    const weights = await readTensors(join(path, WEIGHTS), ranks);
    state.load(weights, { partial: true, place: path });
    for (const name of Object.keys(weights))
        state.touched.add(state.byName(name));
}
/** Puts what a checkpoint's last batch handed on into the tensors of its objective. Errors: `train.checkpoint` for tensors of other names or shapes. */
export async function restoreCarried({ path, trainer }, carried = {}) {
    const read = trainer.files[CARRIED] ? await readTensors(join(path, CARRIED)) : {};
    const shapes = (tensors) => Object.entries(tensors)
        .map(([name, { shape }]) => `${name} [${shape}]`)
        .sort()
        .join(', ') || 'nothing';
    if (shapes(read) !== shapes(carried))
        throw new SensoriumError('train.checkpoint', 'the checkpoint carries other tensors than the objective', {
            place: path,
            expected: shapes(carried),
            got: shapes(read),
        });
    for (const [name, { data }] of Object.entries(carried))
        data.set(read[name].data);
}
/** Puts a checkpoint's moments into the buffers of the stage that it was written in. */
export async function restoreMoments(checkpoint, buffers, ranks) {
    const { m, v } = await readMoments(checkpoint, ranks);
    buffers.load('m', m, checkpoint.path);
    buffers.load('v', v, checkpoint.path);
    collectGarbage(8 * buffers.length); // of the copies that were read
}
//# sourceMappingURL=checkpoint.js.map