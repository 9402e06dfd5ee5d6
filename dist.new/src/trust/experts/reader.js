// A reader that holds sessions.
export {};
//# sourceMappingURL=reader.js.map