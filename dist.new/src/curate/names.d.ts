/** What a name in small letters is a name of, such as `city`. */
export declare const NAME_KINDS: ReadonlyMap<string, string>;
/** Given names, in small letters. */
export declare const GIVEN_NAMES: ReadonlySet<string>;
