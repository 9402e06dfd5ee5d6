// Collective operations over MPI, through koffi. Each runs on a thread of its own pool, so that JavaScript goes on meanwhile.
import { hostname } from 'node:os';
import { SensoriumError } from '../util/errors.js';
import { soloCommunicator } from './communicator.js';
import { launchOf } from './launch.js';
import { loadMpi } from './mpi-library.js';
import { addressOf } from './ort-api.js';
/** Seconds that an operation may take, the wait for the slowest rank included: one may save a model, or compile. SENSORIUM_MPI_TIMEOUT overrides. */
const TIMEOUT = 1800;
/** Milliseconds between looks at whether the other processes of this machine are alive. */
const LOOK = 100;
/** Elements of one call: counts of MPI are 32 bits wide. */
const MOST = 2 ** 28;
let opened;
/**
 * The processes of the job that a launcher started this one in; one that runs alone has `soloCommunicator`. MPI begins once in a process.
 * Errors: `runtime.mpi` where the library is missing or is not the launcher's.
 */
export function openCommunicator() {
    const launch = launchOf();
    if (!launch)
        return Promise.resolve(soloCommunicator);
    opened ??= MpiCommunicator.open(launch);
    return opened;
}
/** The communicator, where `openCommunicator` has made one of several processes. */
export async function openedCommunicator() {
    return opened?.catch(() => undefined); // whoever opened it hears why it could not be
}
class MpiCommunicator {
    mpi;
    rank;
    size;
    peers = [];
    /** The operation before: MPI is called by one thread at a time. */
    last = Promise.resolve();
    over = false;
    leaving = false;
    timeout = Number(process.env.SENSORIUM_MPI_TIMEOUT) || TIMEOUT;
    constructor(mpi, rank, size) {
        this.mpi = mpi;
        this.rank = rank;
        this.size = size;
    }
    static async open(launch) {
        // A rank that waits lets other threads of its core run, among them the one that makes the next batch.
        process.env.OMPI_MCA_mpi_yield_when_idle ??= '1';
        const mpi = loadMpi(launch);
        const { functions, handles } = mpi;
        const check = (code, what) => {
            if (code !== 0)
                throw new SensoriumError('runtime.mpi', `${what} failed`, { place: mpi.version, got: `code ${code}` });
        };
        const provided = new Int32Array(1);
        check(functions.MPI_Init_thread(null, null, mpi.serialized, provided), 'MPI_Init_thread');
        if (provided[0] < mpi.serialized)
            throw new SensoriumError('runtime.mpi', 'this MPI library cannot be called from another thread', {
                place: mpi.path,
                expected: 'MPI_THREAD_SERIALIZED',
                got: `level ${provided[0]}`,
                hint: 'Take a build of the library with support for threads',
            });
        check(functions.MPI_Comm_set_errhandler(handles.world, handles.errorsReturn), 'MPI_Comm_set_errhandler');
        const [rank, size] = [new Int32Array(1), new Int32Array(1)];
        check(functions.MPI_Comm_rank(handles.world, rank), 'MPI_Comm_rank');
        check(functions.MPI_Comm_size(handles.world, size), 'MPI_Comm_size');
        const communicator = new MpiCommunicator(mpi, rank[0], size[0]);
        process.once('exit', (code) => communicator.end(code));
        if (communicator.size !== launch.size)
            throw new SensoriumError('runtime.mpi', 'the library does not know the job that the launcher started', {
                place: mpi.path,
                expected: `${launch.size} processes`,
                got: String(communicator.size),
                hint: 'Start the job with the mpirun of the same installation as the library',
            });
        await communicator.meet();
        return communicator;
    }
    /** Tells all ranks where each of them runs. */
    async meet() {
        const width = 256;
        const all = new Uint8Array(width * this.size);
        const own = Buffer.from(JSON.stringify({ host: hostname().slice(0, 200), pid: process.pid }));
        all.set(own.subarray(0, width), this.rank * width);
        await this.allGather(all, Array.from({ length: this.size + 1 }, (_, r) => r * width));
        this.peers = Array.from({ length: this.size }, (_, r) => {
            const text = Buffer.from(all.subarray(r * width, (r + 1) * width)).toString('utf8');
            return JSON.parse(text.replace(/\0+$/, ''));
        });
    }
    async allReduce(data) {
        const { handles, inPlace } = this.mpi;
        for (let at = 0; at < data.length; at += MOST) {
            const part = data.subarray(at, at + MOST);
            await this.call('MPI_Allreduce', [inPlace, addressOf(part), part.length, this.type(data), handles.sum, handles.world], data);
        }
    }
    async reduceScatter(data, bounds) {
        const { handles } = this.mpi;
        const counts = countsOf(bounds);
        const own = new Float32Array(Math.max(1, counts[this.rank]));
        const args = [addressOf(data), addressOf(own), addressOf(counts), handles.float, handles.sum, handles.world];
        await this.call('MPI_Reduce_scatter', args, data, own, counts);
        data.set(own.subarray(0, counts[this.rank]), bounds[this.rank]);
    }
    async allGather(data, bounds) {
        const { handles, inPlace } = this.mpi;
        const [counts, starts, type] = [countsOf(bounds), Int32Array.from(bounds), this.type(data)];
        const args = [inPlace, 0, type, addressOf(data), addressOf(counts), addressOf(starts), type, handles.world];
        await this.call('MPI_Allgatherv', args, data, counts, starts);
    }
    async gather(own, bounds, whole) {
        const { handles } = this.mpi;
        const [counts, starts] = [countsOf(bounds), Int32Array.from(bounds)];
        // An empty array has no address.
        const [from, to] = [own.length > 0 ? own : new Float32Array(1), whole && whole.length > 0 ? whole : new Float32Array(1)];
        const receive = [addressOf(to), addressOf(counts), addressOf(starts), handles.float];
        await this.call('MPI_Gatherv', [addressOf(from), own.length, handles.float, ...receive, 0, handles.world], from, to, counts, starts);
    }
    async broadcast(data, root = 0) {
        for (let at = 0; at < data.length; at += MOST) {
            const part = data.subarray(at, at + MOST);
            await this.call('MPI_Bcast', [addressOf(part), part.length, this.type(data), root, this.mpi.handles.world], data);
        }
    }
    async barrier() {
        await this.call('MPI_Barrier', [this.mpi.handles.world]);
    }
    abort(code) {
        if (this.over)
            return;
        this.over = true;
        this.mpi.functions.MPI_Abort(this.mpi.handles.world, code);
    }
    leave() {
        this.leaving = true;
    }
    /** At the end of the process: all ranks take leave of each other, or an error of this one ends the others. */
    end(code) {
        if (this.over)
            return;
        if (code !== 0 && !this.leaving) {
            this.abort(code);
            return;
        }
        this.over = true;
        this.mpi.functions.MPI_Finalize();
    }
    type(data) {
        const { float, double, byte } = this.mpi.handles;
        return data instanceof Float32Array ? float : data instanceof Float64Array ? double : byte;
    }
    /** Runs an operation after those before it, on another thread. `kept` stay referenced until it is done. */
    call(name, args, ...kept) {
        const run = async () => {
            const code = await this.watched(name, new Promise((resolve, reject) => this.mpi.functions[name].async(...args, (error, result) => (error ? reject(error) : resolve(result)))));
            void kept.length;
            if (code !== 0)
                throw this.failed(name, code);
        };
        const running = this.last.then(run);
        this.last = running.catch(() => undefined); // whoever called hears of it
        return running;
    }
    failed(name, code) {
        const [text, length] = [Buffer.alloc(1024), new Int32Array(1)];
        this.mpi.functions.MPI_Error_string(code, text, length);
        return new SensoriumError('runtime.mpi', `${name} failed`, {
            place: `rank ${this.rank} of ${this.size}, ${this.mpi.version}`,
            got: text.toString('utf8', 0, length[0]),
        });
    }
    /** The same promise, which rejects where a process of this machine has ended, or after the longest time that an operation may take. */
    watched(name, operation) {
        const began = performance.now();
        return new Promise((resolve, reject) => {
            const timer = setInterval(() => {
                const dead = this.dead();
                const seconds = (performance.now() - began) / 1000;
                if (dead === undefined && seconds < this.timeout)
                    return;
                clearInterval(timer);
                reject(dead === undefined
                    ? new SensoriumError('runtime.rank', 'the other processes of the job do not answer', {
                        place: `rank ${this.rank} of ${this.size}: ${name}`,
                        expected: `an answer within ${this.timeout} seconds`,
                        got: 'none',
                        hint: 'See what the other ranks are at; SENSORIUM_MPI_TIMEOUT=SECONDS waits longer',
                    })
                    : new SensoriumError('runtime.rank', `rank ${dead} has ended before the job was done`, {
                        place: `process ${this.peers[dead]?.pid} on ${this.peers[dead]?.host}`,
                        hint: 'Look at what it wrote, and at the log of the system for want of memory',
                    }));
            }, LOOK);
            const done = () => clearInterval(timer);
            operation.then((value) => {
                done();
                resolve(value);
            }, (error) => {
                done();
                reject(error);
            });
        });
    }
    /** A rank whose process on this machine has ended; of other machines mpirun knows. */
    dead() {
        const here = hostname();
        const rank = this.peers.findIndex(({ host, pid }) => host === here && pid !== process.pid && !alive(pid));
        return rank < 0 ? undefined : rank;
    }
}
const countsOf = (bounds) => Int32Array.from({ length: bounds.length - 1 }, (_, r) => bounds[r + 1] - bounds[r]);
function alive(pid) {
    try {
        process.kill(pid, 0);
        return true;
    }
    catch (error) {
        return error.code !== 'ESRCH';
    }
}
//# sourceMappingURL=mpi.js.map