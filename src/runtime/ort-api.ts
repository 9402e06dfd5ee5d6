// ONNX Runtime's C API as a table of typed JavaScript functions, through koffi.
// The API is one C struct of function pointers that only ever grows at its end, so an index, once published, is fixed.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import koffi, { type LibraryHandle } from 'koffi';
import { SensoriumError } from '../util/errors.js';
import { loadKoffi } from './koffi.js';

/** An address. koffi takes bigints wherever C has a pointer, and gives null or 0n for NULL. */
export type Pointer = bigint;

/** API version that we ask for: the newest function that we call (SetDeterministicCompute) came with 1.18. */
const API_VERSION = 18;
const OLDEST: readonly [number, number] = [1, 20];

/**
 * Position in `struct OrtApi` (onnxruntime_c_api.h) and C signature of every function that we use.
 * `status` functions return an OrtStatus* (null when fine), the others nothing.
 */
const FUNCTIONS = {
  GetErrorCode: [1, 'int', ['void*']],
  GetErrorMessage: [2, 'const char*', ['void*']],
  CreateEnv: [3, 'status', ['int', 'str', 'void*']],
  CreateSession: [7, 'status', ['void*', 'void*', 'void*', 'void*']],
  CreateSessionFromArray: [8, 'status', ['void*', 'void*', 'size_t', 'void*', 'void*']],
  Run: [9, 'status', ['void*', 'void*', 'void*', 'void*', 'size_t', 'void*', 'size_t', 'void*']],
  CreateSessionOptions: [10, 'status', ['void*']],
  SetSessionExecutionMode: [13, 'status', ['void*', 'int']],
  EnableProfiling: [14, 'status', ['void*', 'void*']],
  DisableMemPattern: [17, 'status', ['void*']],
  DisableCpuMemArena: [19, 'status', ['void*']],
  SetSessionGraphOptimizationLevel: [23, 'status', ['void*', 'int']],
  SetIntraOpNumThreads: [24, 'status', ['void*', 'int']],
  SetInterOpNumThreads: [25, 'status', ['void*', 'int']],
  SessionGetInputCount: [30, 'status', ['void*', 'void*']],
  SessionGetOutputCount: [31, 'status', ['void*', 'void*']],
  SessionGetInputTypeInfo: [33, 'status', ['void*', 'size_t', 'void*']],
  SessionGetOutputTypeInfo: [34, 'status', ['void*', 'size_t', 'void*']],
  SessionGetInputName: [36, 'status', ['void*', 'size_t', 'void*', 'void*']],
  SessionGetOutputName: [37, 'status', ['void*', 'size_t', 'void*', 'void*']],
  CreateTensorAsOrtValue: [48, 'status', ['void*', 'void*', 'size_t', 'int', 'void*']],
  CreateTensorWithDataAsOrtValue: [49, 'status', ['void*', 'void*', 'size_t', 'void*', 'size_t', 'int', 'void*']],
  GetTensorMutableData: [51, 'status', ['void*', 'void*']],
  CastTypeInfoToTensorInfo: [55, 'status', ['void*', 'void*']],
  GetTensorElementType: [60, 'status', ['void*', 'void*']],
  GetDimensionsCount: [61, 'status', ['void*', 'void*']],
  GetDimensions: [62, 'status', ['void*', 'void*', 'size_t']],
  GetSymbolicDimensions: [63, 'status', ['void*', 'void*', 'size_t']],
  GetTensorTypeAndShape: [65, 'status', ['void*', 'void*']],
  CreateMemoryInfo: [68, 'status', ['str', 'int', 'int', 'int', 'void*']],
  CreateCpuMemoryInfo: [69, 'status', ['int', 'int', 'void*']],
  AllocatorFree: [76, 'status', ['void*', 'void*']],
  GetAllocatorWithDefaultOptions: [78, 'status', ['void*']],
  ReleaseStatus: [93, 'void', ['void*']],
  ReleaseSession: [95, 'void', ['void*']],
  ReleaseValue: [96, 'void', ['void*']],
  ReleaseTypeInfo: [98, 'void', ['void*']],
  ReleaseTensorTypeAndShapeInfo: [99, 'void', ['void*']],
  ReleaseSessionOptions: [100, 'void', ['void*']],
  SessionEndProfiling: [110, 'status', ['void*', 'void*', 'void*']],
  CreateEnvWithGlobalThreadPools: [119, 'status', ['int', 'str', 'void*', 'void*']],
  DisablePerSessionThreads: [120, 'status', ['void*']],
  CreateThreadingOptions: [121, 'status', ['void*']],
  ReleaseThreadingOptions: [122, 'void', ['void*']],
  AddSessionConfigEntry: [130, 'status', ['void*', 'str', 'str']],
  CreateAllocator: [131, 'status', ['void*', 'void*', 'void*']],
  CreateAndRegisterAllocator: [144, 'status', ['void*', 'void*', 'void*']],
  SetGlobalIntraOpNumThreads: [147, 'status', ['void*', 'int']],
  SetGlobalInterOpNumThreads: [148, 'status', ['void*', 'int']],
  SetGlobalSpinControl: [149, 'status', ['void*', 'int']],
  AddInitializer: [150, 'status', ['void*', 'str', 'void*']],
  SetGlobalDenormalAsZero: [155, 'status', ['void*']],
  CreateArenaCfg: [156, 'status', ['size_t', 'int', 'int', 'int', 'void*']],
  ReleaseArenaCfg: [157, 'void', ['void*']],
  CreatePrepackedWeightsContainer: [166, 'status', ['void*']],
  ReleasePrepackedWeightsContainer: [167, 'void', ['void*']],
  CreateSessionWithPrepackedWeightsContainer: [168, 'status', ['void*', 'void*', 'void*', 'void*', 'void*']],
  CreateSessionFromArrayWithPrepackedWeightsContainer: [169, 'status', ['void*', 'void*', 'size_t', 'void*', 'void*', 'void*']],
  SessionOptionsAppendExecutionProvider: [216, 'status', ['void*', 'str', 'void*', 'void*', 'size_t']],
  AddExternalInitializers: [210, 'status', ['void*', 'void*', 'void*', 'size_t']],
} as const satisfies Record<string, readonly [number, string, readonly string[]]>;

/** Functions of provider libraries, which came with 1.22. They are read when they are first asked for: the table of an older library ends before them. */
const LATER = {
  RegisterExecutionProviderLibrary: [301, 'status', ['void*', 'str', 'void*']],
  GetEpDevices: [303, 'status', ['void*', 'void*', 'void*']],
  SessionOptionsAppendExecutionProvider_V2: [304, 'status', ['void*', 'void*', 'void*', 'size_t', 'void*', 'void*', 'size_t']],
} as const satisfies Record<string, readonly [number, string, readonly string[]]>;

export type FunctionName = keyof typeof FUNCTIONS | keyof typeof LATER;
type Argument = Pointer | number | string | ArrayBufferView | null;

/** A C function: called as it is, or through `.async` with a callback `(error, result)` as its last argument. */
export interface NativeFunction {
  (...args: Argument[]): Pointer | null;
  async(...args: unknown[]): void;
}

/** Where the C library was found and what it says it is. */
export interface OrtLibrary {
  readonly path: string;
  readonly version: string;
}

/** The folder and file of the library inside the onnxruntime-node package, by platform. */
function libraryPath(): string {
  const require = createRequire(import.meta.url);
  let root: string;
  try {
    root = path.dirname(require.resolve('onnxruntime-node/package.json'));
  } catch (cause) {
    throw new SensoriumError('runtime.library', 'the onnxruntime-node package is not installed', {
      hint: 'Run npm install; the native runtime uses the library inside that package',
      cause,
    });
  }
  const files: Record<string, string> = { linux: 'libonnxruntime.so.1', darwin: 'libonnxruntime.1.dylib', win32: 'onnxruntime.dll' };
  const file = path.join(root, 'bin', 'napi-v6', process.platform, process.arch, files[process.platform] ?? 'libonnxruntime.so.1');
  if (!existsSync(file))
    throw new SensoriumError('runtime.library', 'no ONNX Runtime library for this platform', {
      place: file,
      expected: 'linux x64/arm64, darwin arm64 or win32 x64/arm64',
      got: `${process.platform} ${process.arch}`,
      hint: 'Reinstall onnxruntime-node, or set SENSORIUM_ORT_LIBRARY to the path of an ONNX Runtime shared library',
    });
  return file;
}

/** Throws `runtime.version` unless `version` (such as '1.30.0') is of major 1 and at least 1.20. */
export function checkVersion(version: string, place: string): void {
  const [major = NaN, minor = NaN] = version.split('.').map(Number);
  if (major === OLDEST[0] && minor >= OLDEST[1]) return;
  throw new SensoriumError('runtime.version', 'unexpected version of ONNX Runtime', {
    place,
    expected: `${OLDEST.join('.')} or a later ${OLDEST[0]}.x`,
    got: version,
    hint: 'Install the onnxruntime-node version that package.json asks for',
  });
}

/** ONNX Runtime's error text with the graph node that failed, when it names one. */
function statusError(message: string, place: string | undefined, action: string): SensoriumError {
  const node = /while running (\S+) node\. Name:'([^']*)'/.exec(message) ?? /Node \(([^)]*)\) Op \(([^)]*)\)/.exec(message);
  return new SensoriumError('runtime.ort', `ONNX Runtime: ${message.trim()}`, {
    place: [place, node ? `node ${node[2]} (${node[1]})` : undefined].filter(Boolean).join(', ') || action,
  });
}

function callable(pointer: Pointer, [, result, args]: readonly [number, string, readonly string[]]): NativeFunction {
  return koffi.decode(pointer, koffi.proto(result === 'status' ? 'void*' : result, [...args]));
}

/** ONNX Runtime's function table; every failed status is released and thrown as a SensoriumError. */
export class OrtApi implements OrtLibrary {
  readonly path: string;
  readonly version: string;
  /** Held for the life of the process: koffi unloads a library when its handle is collected, under our function pointers. */
  private readonly library: LibraryHandle;
  private readonly functions = new Map<FunctionName, NativeFunction>();
  private readonly table: Pointer;

  private constructor(file: string) {
    this.path = file;
    const { load } = loadKoffi();
    let base: Pointer;
    try {
      this.library = load(file);
      base = this.library.func('void* OrtGetApiBase()')() as Pointer;
    } catch (cause) {
      throw new SensoriumError('runtime.library', `cannot load ONNX Runtime: ${(cause as Error).message}`, {
        place: file,
        hint: 'Reinstall onnxruntime-node; on Alpine and other musl systems use the node runtime on a glibc image',
        cause,
      });
    }
    const [getApi, getVersion] = readPointers(base, 2) as [Pointer, Pointer];
    this.version = koffi.call(getVersion, koffi.proto('const char*', [])) as string;
    checkVersion(this.version, file);
    const table = koffi.call(getApi, koffi.proto('void*', ['uint32_t']), API_VERSION) as Pointer | null;
    if (!table)
      throw new SensoriumError('runtime.version', `ONNX Runtime ${this.version} does not offer API ${API_VERSION}`, { place: file });
    const last = Math.max(...Object.values(FUNCTIONS).map(([index]) => index));
    this.table = table;
    const pointers = readPointers(table, last + 1);
    for (const [name, row] of Object.entries(FUNCTIONS))
      this.functions.set(name as FunctionName, callable(pointers[row[0]] as Pointer, row));
  }

  private static instance: OrtApi | undefined;

  /** The library, loaded once. Throws `runtime.library` or `runtime.version`, naming the path and what to do. */
  static load(): OrtApi {
    OrtApi.instance ??= new OrtApi(process.env.SENSORIUM_ORT_LIBRARY || libraryPath());
    return OrtApi.instance;
  }

  /** The bare function: for the hot path, which checks the status itself. */
  raw(name: FunctionName): NativeFunction {
    const known = this.functions.get(name);
    if (known) return known;
    const row = LATER[name as keyof typeof LATER];
    const made = callable(readPointers(this.table + BigInt(8 * row[0]), 1)[0] as Pointer, row);
    this.functions.set(name, made);
    return made;
  }

  /** Calls a function and throws on a bad status. `place` goes into the error. */
  call(name: FunctionName, args: readonly Argument[], place?: string): void {
    this.check(this.raw(name)(...args), place, name);
  }

  /** Same, off the JS thread. The caller keeps every buffer in `args` referenced until the promise settles. */
  async callAsync(name: FunctionName, args: readonly Argument[], place?: string): Promise<void> {
    const status = await new Promise<Pointer | null>((resolve, reject) => {
      this.raw(name).async(...args, (error: Error | null, result: Pointer | null) => (error ? reject(error) : resolve(result)));
    });
    this.check(status, place, name);
  }

  /** Calls a function whose last argument is where it writes a pointer; returns that pointer. */
  out(name: FunctionName, args: readonly Argument[] = [], place?: string): Pointer {
    const slot = new BigUint64Array(1);
    this.call(name, [...args, slot], place);
    return slot[0] as Pointer;
  }

  /** Releases the status and throws when there is one. */
  check(status: Pointer | null, place?: string, action = 'Run'): void {
    if (!status) return;
    const message = this.raw('GetErrorMessage')(status) as unknown as string;
    this.raw('ReleaseStatus')(status);
    throw statusError(message, place, action);
  }

  /** Reads a NUL-terminated string that ONNX Runtime allocated, and frees it. */
  takeString(pointer: Pointer, allocator: Pointer): string {
    const text = koffi.decode.string(pointer);
    this.call('AllocatorFree', [allocator, pointer]);
    return text;
  }
}

/** Reads `count` consecutive pointers. */
export function readPointers(address: Pointer, count: number): Pointer[] {
  return [...new BigUint64Array(koffi.view(address, count * 8).slice(0))];
}

/** Reads a NUL-terminated UTF-8 string; '' for NULL. */
export function readString(address: Pointer): string {
  return address ? koffi.decode.string(address) : '';
}

/** Address of a typed array's first element (its offset included). The array must stay referenced while the address is in use. */
export function addressOf(array: ArrayBufferView): Pointer {
  return koffi.address(array);
}

/** NUL-terminated bytes of a path, in the encoding of ORTCHAR_T: UTF-16 on Windows, UTF-8 elsewhere. */
export function pathBytes(file: string): Buffer {
  return Buffer.from(`${file}\0`, process.platform === 'win32' ? 'utf16le' : 'utf8');
}

/** An array of C strings: `pointers` is what to pass, `keep` must stay referenced as long as it is in use. */
export function stringArray(strings: readonly string[]): { pointers: BigUint64Array; keep: Buffer[] } {
  // allocUnsafeSlow: a Buffer of its own, not a piece of Node's shared pool
  const keep = strings.map((s) => {
    const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(s) + 1);
    bytes[bytes.write(s)] = 0;
    return bytes;
  });
  return { pointers: BigUint64Array.from(keep, (b) => addressOf(b)), keep };
}
