/** A kind of file. */
export interface FileType {
    /** With its article, for the words of errors: 'a PNG image'. */
    name: string;
    kind: 'image' | 'video' | 'sound' | 'other';
    /** What reads it, where it is an image that is read. */
    read?: 'sharp' | 'bmp';
    /** ffmpeg's name of the format, where ffmpeg reads it. */
    container?: 'mov' | 'matroska' | 'avi' | 'aac';
    /** What to do with a file that is not read. */
    hint?: string;
}
/** Bytes that tell what a file is. */
export declare const FILE_HEAD = 4096;
/**
 * The type of a file by its bytes, or by the first `FILE_HEAD` of them, which do not always tell a raw photograph from TIFF. undefined for
 * what is not recognized.
 */
export declare function fileType(all: Uint8Array): FileType | undefined;
/** What a file is, for the words of errors: its type, or how it begins. */
export declare function describeFile(bytes: Uint8Array): string;
/** The beginning of a file in quotes. */
export declare function quoteStart(bytes: Uint8Array): string;
