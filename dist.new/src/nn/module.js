// Module: a tree of parameters with a traced forward. Names come from property names, so that they are Hugging Face's.
import { currentScope, Parameter, withScope } from '../graph/index.js';
/**
 * Base of every layer. Subclasses hold `Parameter`s, `Module`s, and arrays or records of modules as properties,
 * and trace their computation in a method of their own wrapped in `this.trace(() => …)`.
 */
export class Module {
    /** Path from the root, such as `language_model.model.layers.3.mlp`; set by `nameParameters`. */
    path = '';
    /** Runs `fn` with this module's path as scope, so that nodes, profiles and errors carry it. */
    trace(fn) {
        return this.path && currentScope() !== this.path ? withScope(this.path, fn) : fn();
    }
    /** Direct children by property name; arrays give `name.0`, `name.1`, …. */
    *children() {
        for (const [key, value] of Object.entries(this)) {
            if (value instanceof Module)
                yield [key, value];
            else if (Array.isArray(value))
                for (const [i, item] of value.entries())
                    if (item instanceof Module)
                        yield [`${key}.${i}`, item];
        }
    }
    /** All modules of the tree with their paths from here, this one first under `prefix`. */
    *namedModules(prefix = '') {
        yield [prefix, this];
        for (const [key, child] of this.children())
            yield* child.namedModules(prefix ? `${prefix}.${key}` : key);
    }
    /** All parameters of the tree with their paths from here, in definition order. */
    *namedParameters(prefix = '') {
        for (const [key, value] of Object.entries(this)) {
            const path = prefix ? `${prefix}.${key}` : key;
            if (value instanceof Parameter)
                yield [path, value];
            else if (value instanceof Module)
                yield* value.namedParameters(path);
            else if (Array.isArray(value)) {
                for (const [i, item] of value.entries()) {
                    if (item instanceof Module)
                        yield* item.namedParameters(`${path}.${i}`);
                    else if (item instanceof Parameter)
                        yield [`${path}.${i}`, item];
                }
            }
        }
    }
    /** The parameters of the tree; one that is shared (tied) appears once. */
    parameters() {
        return [...new Set([...this.namedParameters()].map(([, p]) => p))];
    }
    /** Gives every parameter and module below its path. Call once on the root. The first name of a tied parameter wins. */
    nameParameters(prefix = '') {
        for (const [name, p] of this.namedParameters(prefix))
            if (!p.name)
                p.name = name;
        const visit = (m, path) => {
            m.path = path;
            for (const [key, child] of m.children())
                visit(child, path ? `${path}.${key}` : key);
        };
        visit(this, prefix);
        return this;
    }
}
//# sourceMappingURL=module.js.map