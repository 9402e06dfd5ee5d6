// The names that adapters are saved under: those of the attributes of the transformers class.
/** Our names to those of the attributes of the transformers class, and back. */
export function moduleNames(family, config, network) {
    const own = new Set(network.parameters().map((p) => p.name));
    return family.modules?.(config) ?? family.names?.(own) ?? { toFile: (name) => name, toOurs: (name) => name };
}
//# sourceMappingURL=module-names.js.map