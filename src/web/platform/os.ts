// `node:os` of a tab.

const GIB = 2 ** 30;

/** Of a WebAssembly program, at most; browsers tell the machine's memory up to 8 GiB. */
const memory = (): number => Math.min(4, (navigator as { deviceMemory?: number }).deviceMemory ?? 4) * GIB;

export const totalmem = memory;
export const freemem = memory;
export const availableParallelism = (): number => navigator.hardwareConcurrency || 1;
export const cpus = (): object[] => new Array(availableParallelism()).fill({});
export const hostname = (): string => 'tab';
export const homedir = (): string => '/home';
export const tmpdir = (): string => '/tmp';
export const platform = (): string => 'browser';
export const arch = (): string => 'wasm32';
export const EOL = '\n';

export default { totalmem, freemem, availableParallelism, cpus, hostname, homedir, tmpdir, platform, arch, EOL };
