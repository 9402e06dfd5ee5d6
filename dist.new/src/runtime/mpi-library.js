// The MPI library of this machine: found, loaded, and its constants, which Open MPI and MPICH spell differently.
import { SensoriumError } from '../util/errors.js';
import { loadKoffi } from './koffi.js';
/** C signatures of all functions that are called; handles are passed as `H`. */
const FUNCTIONS = {
    MPI_Init_thread: ['void*', 'void*', 'int', 'void*'],
    MPI_Comm_rank: ['H', 'void*'],
    MPI_Comm_size: ['H', 'void*'],
    MPI_Comm_set_errhandler: ['H', 'H'],
    MPI_Error_string: ['int', 'void*', 'void*'],
    MPI_Allreduce: ['void*', 'void*', 'int', 'H', 'H', 'H'],
    MPI_Reduce_scatter: ['void*', 'void*', 'void*', 'H', 'H', 'H'],
    MPI_Allgatherv: ['void*', 'int', 'H', 'void*', 'void*', 'void*', 'H', 'H'],
    MPI_Gatherv: ['void*', 'int', 'H', 'void*', 'void*', 'void*', 'H', 'int', 'H'],
    MPI_Bcast: ['void*', 'int', 'H', 'int', 'H'],
    MPI_Barrier: ['H'],
    MPI_Abort: ['H', 'int'],
    MPI_Finalize: [],
};
/** Constants that are handles: addresses of variables of Open MPI, numbers of MPICH (its ABI is Intel MPI's and MVAPICH's too). */
const HANDLES = {
    world: { openMpi: 'ompi_mpi_comm_world', mpich: 0x44000000 },
    float: { openMpi: 'ompi_mpi_float', mpich: 0x4c00040a },
    double: { openMpi: 'ompi_mpi_double', mpich: 0x4c00080b },
    byte: { openMpi: 'ompi_mpi_byte', mpich: 0x4c00010d },
    sum: { openMpi: 'ompi_mpi_op_sum', mpich: 0x58000003 },
    errorsReturn: { openMpi: 'ompi_mpi_errors_return', mpich: 0x54000001 },
};
const OPEN_MPI = {
    linux: ['libmpi.so.40', 'libmpi.so.80', 'libmpi.so'],
    darwin: ['libmpi.40.dylib', 'libmpi.dylib', '/opt/homebrew/lib/libmpi.dylib', '/usr/local/lib/libmpi.dylib'],
};
const MPICH = {
    linux: ['libmpi.so.12', 'libmpich.so.12', 'libmpi.so'],
    darwin: ['libmpi.12.dylib', 'libmpi.dylib', '/opt/homebrew/lib/libmpi.dylib', '/usr/local/lib/libmpi.dylib'],
};
/** Loads the library that the launcher of this job expects. SENSORIUM_MPI_LIBRARY names another file. Errors: `runtime.mpi`. */
export function loadMpi({ size, library: wanted }) {
    const koffi = loadKoffi();
    const own = process.env.SENSORIUM_MPI_LIBRARY;
    const names = own ? [own] : ((wanted === 'Open MPI' ? OPEN_MPI : MPICH)[process.platform] ?? ['libmpi.so']);
    const failures = [];
    for (const path of names) {
        let library;
        try {
            library = koffi.load(path, { global: true, lazy: true }); // plugins of the library look for its symbols
        }
        catch (error) {
            failures.push(error.message);
            continue;
        }
        const bound = bind(path, library, wanted);
        keepLoaded(path);
        return bound;
    }
    throw new SensoriumError('runtime.mpi', `this job has ${size} processes, and the MPI library with which they exchange gradients is missing`, {
        place: names.join(', '),
        expected: `the library of ${wanted}, whose launcher started this process`,
        got: failures.join('; '),
        hint: wanted === 'Open MPI'
            ? 'Install it on every machine (apt-get install openmpi-bin libopenmpi-dev; brew install open-mpi), or name the file in SENSORIUM_MPI_LIBRARY'
            : 'Install it on every machine (apt-get install mpich; brew install mpich), or name the file in SENSORIUM_MPI_LIBRARY',
    });
}
/** Flags of `dlopen` by which a library stays: now, global, never unloaded. */
const STAYS = { linux: 0x1102, darwin: 0x8a };
/** Keeps a library until the process is gone: koffi unloads it before, under the threads that it has started (for TCP), which then crash. */
function keepLoaded(path) {
    const flags = STAYS[process.platform];
    if (flags !== undefined)
        loadKoffi().load(null).func('dlopen', 'void*', ['str', 'int'])(path, flags);
}
function bind(path, library, wanted) {
    const text = Buffer.alloc(8192); // MPI_MAX_LIBRARY_VERSION_STRING of both
    const length = new Int32Array(1);
    let version;
    try {
        library.func('MPI_Get_library_version', 'int', ['void*', 'void*'])(text, length);
        version = text
            .toString('utf8', 0, length[0])
            .replace(/[\s\0]+/g, ' ')
            .trim();
    }
    catch (cause) {
        throw new SensoriumError('runtime.mpi', 'this is not an MPI library', { place: path, got: cause.message, cause });
    }
    const openMpi = /open mpi/i.test(version);
    if (openMpi !== (wanted === 'Open MPI'))
        throw new SensoriumError('runtime.mpi', 'the MPI library is not that of the launcher', {
            place: path,
            expected: wanted,
            got: version.slice(0, 100),
            hint: 'Start the job with the mpirun of the same installation, or name its library in SENSORIUM_MPI_LIBRARY',
        });
    const handle = openMpi ? 'void*' : 'int';
    const functions = Object.entries(FUNCTIONS).map(([name, args]) => [
        name,
        library.func(name, 'int', args.map((type) => (type === 'H' ? handle : type))),
    ]);
    const handles = Object.entries(HANDLES).map(([name, { openMpi: symbol, mpich }]) => [name, openMpi ? library.symbol(symbol) : mpich]);
    return {
        path,
        version: version.split(',')[0],
        functions: Object.fromEntries(functions),
        handles: Object.fromEntries(handles),
        inPlace: openMpi ? 1n : 0xffffffffffffffffn,
        serialized: 2,
        library,
    };
}
//# sourceMappingURL=mpi-library.js.map