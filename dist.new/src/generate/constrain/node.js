// The language of constraints: regular expressions over bytes that may also call rules. Everything else is lowered to these nodes.
/** The empty string. */
export const EMPTY = { kind: 'seq', nodes: [] };
/** No string at all. */
export const NEVER = { kind: 'alt', nodes: [] };
const encoder = new TextEncoder();
/** The UTF-8 bytes of a text. */
export const text = (value) => seq(...[...encoder.encode(value)].map((b) => bytes([[b, b]])));
/** One byte. */
export const bytes = (ranges) => ({ kind: 'bytes', ranges });
/** One ASCII character of a set written as its members. */
export const oneOf = (chars) => bytes([...chars].map((c) => [c.charCodeAt(0), c.charCodeAt(0)]));
/** One after another. */
export const seq = (...nodes) => (nodes.length === 1 ? nodes[0] : { kind: 'seq', nodes });
/** Any of these. */
export const alt = (...nodes) => {
    const possible = nodes.filter((n) => !isNever(n));
    return possible.length === 1 ? possible[0] : { kind: 'alt', nodes: possible };
};
/** Any number of times. */
export const star = (node) => ({ kind: 'star', node });
/** Once or not at all. */
export const optional = (node) => alt(EMPTY, node);
/** From `min` to `max` times. */
export const repeat = (node, min, max) => max === Number.POSITIVE_INFINITY
    ? { kind: 'chain', items: new Array(min).fill(node), min, loop: node }
    : { kind: 'chain', items: new Array(max).fill(node), min };
/** A rule by its index. */
export const call = (rule) => ({ kind: 'call', rule });
/** True for a node that is written as matching nothing. */
export const isNever = (node) => (node.kind === 'alt' && node.nodes.length === 0) || (node.kind === 'seq' && node.nodes.some(isNever));
//# sourceMappingURL=node.js.map