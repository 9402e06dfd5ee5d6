/**
 * CMYK bytes [pixels, channels] to RGB [pixels, 3]: each ink takes its share of what black leaves, by Pillow's integer arithmetic. Channels
 * behind the fourth are ignored.
 */
export declare function cmykToRgb(cmyk: Uint8Array, channels?: number): Uint8Array;
/** YCbCr bytes [pixels, 3] of full range to RGB, in place: the integer arithmetic of libtiff, with 16 bits after the binary point. */
export declare function ycbcrToRgb(data: Uint8Array): Uint8Array;
/**
 * L*a*b* bytes [pixels, 3] under D50 to sRGB, in place; L* is 0..255 for 0..100, a* and b* are signed or have 128 added. Pillow asks
 * LittleCMS, whose tables differ by more than 1 for one color in twenty.
 */
export declare function labToRgb(data: Uint8Array, { signed }: {
    signed: boolean;
}): Uint8Array;
