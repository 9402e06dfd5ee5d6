// Headers of files in a tar archive, as they are written: the same bytes for the same file, whenever and by whom.
/** Bytes of a block of an archive. */
export const TAR_BLOCK = 512;
/** Largest file in a header of this kind: eleven octal digits. */
export const MAX_TAR_FILE = 8 ** 11;
/** Header of a file in a tar archive (ustar); its name has at most 100 bytes. */
export function tarHeader(name, size) {
    const block = Buffer.alloc(TAR_BLOCK);
    block.write(name, 0, 100);
    block.write('0000644\0', 100);
    block.write('0000000\x000000000\0', 108);
    block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
    block.write('00000000000\0', 136);
    block.write('        0', 148);
    block.write('ustar\x0000', 257);
    const sum = block.reduce((n, byte) => n + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return block;
}
/** The zeros behind a file, up to the next block. */
export const tarPadding = (size) => Buffer.alloc((TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK);
//# sourceMappingURL=tar-header.js.map