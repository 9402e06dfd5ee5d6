/** Replaces characters as a model's charsmap says. Format: Darts-clone's units after their size in bytes, then strings that end with NUL. */
export declare class Precompiled {
    private readonly units;
    private readonly strings;
    /** Of ASCII characters, those that are replaced. */
    private readonly changed;
    private readonly known;
    private readonly segmenter;
    /** Errors: `text.tokenizer` for a map that is cut. */
    constructor(base64: string, place: string);
    /** The text as the model was trained on it. */
    normalize(text: string): string;
    private changesAscii;
    private cluster;
    private grapheme;
    /** The replacement of the shortest beginning of `text` that has one. */
    private lookUp;
    private stringAt;
}
