// The interface of a data format: how it is recognized, opened, read and written. One file of `formats/` each, one row in its index.
export {};
//# sourceMappingURL=format.js.map