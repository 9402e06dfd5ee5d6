// What a client's JSON schema may cost: work of a worker thread that others wait for, and memory.
/** Well below those of the library: refused after about 0.2 s of one core, 0.5 s on a busy machine, and 110 MB. */
export const SCHEMA_LIMITS = { states: 25_000, size: 65_536, work: 1_200_000 };
//# sourceMappingURL=schema-limits.js.map