// `node:zlib` of a tab, by fflate: the calls that work at once.

import { deflateSync as deflateRaw, gunzipSync as gunzip, gzipSync as gzip, inflateSync as inflateRaw, unzlibSync, zlibSync } from 'fflate';

const bytes = (data: string | Uint8Array): Uint8Array => (typeof data === 'string' ? new TextEncoder().encode(data) : data);
const buffer = (data: Uint8Array): Uint8Array => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

export const deflateSync = (data: string | Uint8Array): Uint8Array => buffer(zlibSync(bytes(data)));
export const inflateSync = (data: Uint8Array): Uint8Array => buffer(unzlibSync(data));
export const deflateRawSync = (data: string | Uint8Array): Uint8Array => buffer(deflateRaw(bytes(data)));
export const inflateRawSync = (data: Uint8Array): Uint8Array => buffer(inflateRaw(data));
export const gzipSync = (data: string | Uint8Array): Uint8Array => buffer(gzip(bytes(data)));
export const gunzipSync = (data: Uint8Array): Uint8Array => buffer(gunzip(data));
