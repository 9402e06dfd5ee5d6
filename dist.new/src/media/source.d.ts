/** A path, a `data:` URL, a `file:` URL or the bytes of a file. */
export type MediaSource = string | Uint8Array | URL;
/** What is read, for the words of errors, and how much of it may be. */
export interface ReadOptions {
    kind: 'image' | 'sound' | 'video';
    /** What may be read, such as 'a PNG or JPEG image'. */
    expected: string;
    maxBytes: number;
    /** How to make a file smaller. */
    smaller: string;
}
/** The bytes of a source, and what to call it. Errors: `media.file`, `media.url`, `media.limit`, and `media.format` for nothing at all. */
export declare function readSource(source: MediaSource, options: ReadOptions): Promise<{
    bytes: Uint8Array;
    place: string;
}>;
/** Bytes that need no file: those given, or those of a data: URL. Errors as `readSource`. */
export declare function givenBytes(source: MediaSource, options: ReadOptions): {
    bytes: Uint8Array;
    place: string;
} | undefined;
/** The path of a regular file that is not larger than allowed. Errors: `media.file`, `media.limit`. */
export declare function checkedPath(source: string | URL, options: ReadOptions): Promise<string>;
