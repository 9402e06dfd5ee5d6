// The MPI library where it is missing, is another one, or is not needed. What it computes is tested with mpirun, in test/slow/mpi.test.ts.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { soloCommunicator } from './communicator.js';
import { openCommunicator } from './mpi.js';
import { loadMpi } from './mpi-library.js';

afterEach(() => void vi.unstubAllEnvs());

describe('the MPI library', () => {
  it('that is missing is named, with what to install', () => {
    for (const [library, hint] of [
      ['Open MPI', 'openmpi-bin'],
      ['MPICH', 'mpich'],
    ] as const) {
      vi.stubEnv('SENSORIUM_MPI_LIBRARY', '/nowhere/libmpi.so');
      expect(() => loadMpi({ size: 2, library })).toThrow(
        expect.objectContaining({ code: 'runtime.mpi', place: '/nowhere/libmpi.so', hint: expect.stringContaining(hint) }),
      );
    }
  });

  it.skipIf(process.platform !== 'linux')('is not taken for what is none', () => {
    vi.stubEnv('SENSORIUM_MPI_LIBRARY', 'libm.so.6');
    expect(() => loadMpi({ size: 2, library: 'Open MPI' })).toThrow(expect.objectContaining({ code: 'runtime.mpi', place: 'libm.so.6' }));
  });

  it('is not needed by one process', async () => {
    const communicator = await openCommunicator();
    expect(communicator).toBe(soloCommunicator);
    const data = Float32Array.of(1, 2);
    await communicator.allReduce(data);
    const whole = new Float32Array(4);
    await communicator.gather(data, [1, 3], whole);
    expect([...data, ...whole]).toEqual([1, 2, 0, 1, 2, 0]);
  });
});
