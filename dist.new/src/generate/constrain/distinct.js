// Arrays whose items differ: what has been written of one, carried along with the configurations that read it.
/** After one more byte. */
export function withByte({ seen, item, near, read }, byte) {
    if (item === undefined)
        return { seen, near, read: read + 1 };
    const alike = near.length > 0 ? near.filter((text) => text.charCodeAt(item.length) === byte) : near;
    return { seen, item: item + String.fromCharCode(byte), near: alike, read: read + 1 };
}
/** When a rule is called. */
export function opened(items, role) {
    if (role === 'array')
        return { seen: [], near: [], read: 0 };
    return role === 'item' && items ? { ...items, item: '', near: items.seen } : items;
}
/** When a rule returns: `again` for an item that is there already. */
export function left(items, role) {
    if (role === 'array')
        return undefined;
    if (role !== 'item' || items?.item === undefined)
        return items;
    const { seen, item, near, read } = items;
    return near.some((text) => text.length === item.length) ? 'again' : { seen: [...seen, item], near: [], read };
}
//# sourceMappingURL=distinct.js.map