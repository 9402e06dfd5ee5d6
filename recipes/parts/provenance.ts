// Where a result comes from: the commit of the sources and the machine, as every file in `results/` names them.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';

/** The commit of the sources, where they are in a repository. */
export function commitOf(root: string): string | undefined {
  try {
    return execFileSync('git', ['-C', root, 'rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined; // a package that was installed
  }
}

/** The processor with what decides its speed, such as `AMD EPYC 7B13, 2 threads, avx2`. */
export function machine(): string {
  return [cpus()[0]?.model.trim() ?? 'unknown', `${availableParallelism()} threads`, ...flags()].join(', ');
}

function flags(): string[] {
  try {
    const found = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [];
    return ['avx2', 'avx512f', 'avx512_vnni', 'amx_int8'].filter((flag) => found.includes(flag));
  } catch {
    return []; // other systems do not list them there
  }
}
