/** The frames of an MP3 file. */
export interface Mp3Frames {
    /** First byte of the first frame, and the byte behind the last. */
    from: number;
    to: number;
    /** Samples of a channel, those at both ends included that a player leaves out. */
    samples: number;
}
/** Whether a file is MP3 (MPEG layers I to III): two frames follow each other at its beginning, or behind its tag. */
export declare function isMp3(bytes: Uint8Array): boolean;
/** Walks the frames of a file of which `isMp3` is true. Errors: `media.damaged` for frames that are cut off, missing or broken. */
export declare function mp3Frames(bytes: Uint8Array, place: string): Mp3Frames;
