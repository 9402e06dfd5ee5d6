// Which process of a job this is, as the launcher (mpirun, mpiexec, srun) wrote it into the environment.
/** What launchers write: Open MPI's mpirun, hydra and PMI (MPICH, Intel MPI), srun with PMIx. */
const LAUNCHERS = [
    { rank: 'OMPI_COMM_WORLD_RANK', size: 'OMPI_COMM_WORLD_SIZE', local: 'OMPI_COMM_WORLD_LOCAL_SIZE', library: 'Open MPI' },
    { rank: 'PMI_RANK', size: 'PMI_SIZE', local: 'MPI_LOCALNRANKS', library: 'MPICH' },
    { rank: 'PMIX_RANK', size: 'SLURM_NTASKS', local: 'SLURM_NTASKS_PER_NODE', library: 'Open MPI' },
];
/** The place of this process; undefined for one that runs alone. */
export function launchOf(env = process.env) {
    for (const { rank, size, local, library } of LAUNCHERS) {
        const [at, of] = [whole(env[rank]), whole(env[size])];
        if (at === undefined || of === undefined || at >= of)
            continue;
        return of === 1 ? undefined : { rank: at, size: of, localSize: Math.max(1, whole(env[local]) ?? 1), library };
    }
    return undefined;
}
const whole = (text) => (text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined);
/** True for the process that prints and writes: the only one, or rank 0. */
export const isFirstRank = () => (launchOf()?.rank ?? 0) === 0;
//# sourceMappingURL=launch.js.map