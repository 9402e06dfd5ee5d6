/** Character that stands for each byte (Radford et al. 2019, `bytes_to_unicode`): printable Latin-1 stands for itself, the rest for U+0100 on. */
export declare const BYTE_TO_CHAR: readonly string[];
/** Byte behind each character of the alphabet. */
export declare const CHAR_TO_BYTE: ReadonlyMap<string, number>;
/** UTF-8 bytes of `text` written in the byte alphabet. */
export declare function toByteAlphabet(text: string): string;
/** Bytes of a token written in the byte alphabet; characters outside it (added tokens) count as their own UTF-8. */
export declare function fromByteAlphabet(token: string): Uint8Array;
/** UTF-8 length in bytes of `text.slice(start, end)`; a lone surrogate counts 3, as TextEncoder writes U+FFFD for it. */
export declare function utf8Length(text: string, start?: number, end?: number): number;
