/** The one stream of an Ogg file. */
export interface OggStream {
    packets: Uint8Array[];
    /** Where the last page ends: for sounds a number of samples. */
    end: number;
}
/** Reads all pages of an Ogg file of one stream. Errors: `media.damaged`; `media.format` for several streams. */
export declare function readOgg(bytes: Uint8Array, place: string): OggStream;
