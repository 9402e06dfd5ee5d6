// Arrays whose items differ: what has been written of one, carried along with the configurations that read it.

import type { Role } from './grammar.js';

/** The items of an array. Texts are bytes, one to a character; equal values have one text, for such items are written in one way only. */
export interface Items {
  /** Items that are complete. */
  readonly seen: readonly string[];
  /** The item that is being written; undefined between items. */
  readonly item?: string;
  /** Those of `seen` that begin as the item does: it must come to differ from them. */
  readonly near: readonly string[];
  /** Bytes since the array began. */
  readonly read: number;
}

/** After one more byte. */
export function withByte({ seen, item, near, read }: Items, byte: number): Items {
  if (item === undefined) return { seen, near, read: read + 1 };
  const alike = near.length > 0 ? near.filter((text) => text.charCodeAt(item.length) === byte) : near;
  return { seen, item: item + String.fromCharCode(byte), near: alike, read: read + 1 };
}

/** When a rule is called. */
export function opened(items: Items | undefined, role: Role | undefined): Items | undefined {
  if (role === 'array') return { seen: [], near: [], read: 0 };
  return role === 'item' && items ? { ...items, item: '', near: items.seen } : items;
}

/** When a rule returns: `again` for an item that is there already. */
export function left(items: Items | undefined, role: Role | undefined): Items | undefined | 'again' {
  if (role === 'array') return undefined;
  if (role !== 'item' || items?.item === undefined) return items;
  const { seen, item, near, read } = items;
  return near.some((text) => text.length === item.length) ? 'again' : { seen: [...seen, item], near: [], read };
}
