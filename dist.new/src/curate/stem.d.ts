/** The stem of a word in small letters by Porter's rules: "running" and "runs" have one. */
export declare function stem(word: string): string;
