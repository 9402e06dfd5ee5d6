/** An 8-bit RGB PNG of `pixels` (height × width × 3 bytes, row by row). */
export declare function encodePng(pixels: Uint8Array, width: number, height: number): Buffer;
/** The same as a data URL. */
export declare function pngUrl(pixels: Uint8Array, width: number, height: number): string;
