/** The path of a program in PATH; undefined when there is none. */
export declare function findProgram(name: string): string | undefined;
