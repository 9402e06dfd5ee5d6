// The tree of a template.
export {};
//# sourceMappingURL=ast.js.map