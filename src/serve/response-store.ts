// Responses that later requests may name: kept in memory for their owner alone, the oldest forgotten first.

import { ApiError } from './errors.js';
import type { InputItem, OutputItem, ResponseObject } from './responses-schema.js';

/** A response with all that came before it. */
export interface StoredResponse {
  response: ResponseObject;
  /** Items of its own input. */
  input: InputItem[];
  /** Items of the whole conversation: those of earlier responses, its input, its output. */
  conversation: InputItem[];
}

interface Entry extends StoredResponse {
  bytes: number;
}

/** What one owner has. */
interface Owned {
  bytes: number;
  /** By id, the oldest first. */
  entries: Map<string, Entry>;
  /** Items of inputs and outputs by id, each with the newest response that has it. */
  items: Map<string, { item: InputItem | OutputItem; entry: Entry }>;
}

/** A bounded store. */
export class ResponseStore {
  private readonly owners = new Map<string, Owned>();
  private total = 0;

  /** `maxBytes` bounds all that is kept; 0 keeps nothing. */
  constructor(private readonly maxBytes: number) {}

  /** Bytes that are kept, about those of JSON. */
  get bytes(): number {
    return this.total;
  }

  /** Keeps a response, unless it is larger than the store. Where room is short, the owner who has most loses the oldest. */
  put(owner: string, stored: StoredResponse): void {
    const bytes = 2 * (lengthOf(stored.response) + lengthOf(stored.conversation));
    if (bytes > this.maxBytes) return;
    const entry = { ...stored, bytes };
    const owned = this.owners.get(owner) ?? { bytes: 0, entries: new Map(), items: new Map() };
    this.owners.set(owner, owned);
    owned.entries.set(stored.response.id, entry);
    for (const item of [...stored.input, ...stored.response.output]) if ('id' in item && item.id) owned.items.set(item.id, { item, entry });
    owned.bytes += bytes;
    this.total += bytes;
    while (this.total > this.maxBytes) this.forgetOne();
  }

  /** Throws `ApiError` 404 for a response that is not there or another's. */
  get(owner: string, id: string, param?: string): StoredResponse {
    const entry = this.owners.get(owner)?.entries.get(id);
    if (entry) return entry;
    throw notFound(`Response with id '${id.slice(0, 100)}' not found`, param);
  }

  /** Throws like `get`. */
  delete(owner: string, id: string): void {
    this.get(owner, id);
    this.remove(owner, id);
  }

  /** An item of the input or output of a response that is kept, by its id. Throws `ApiError` 404. */
  item(owner: string, id: string, param: string): InputItem | OutputItem {
    const found = this.owners.get(owner)?.items.get(id);
    if (found) return found.item;
    throw notFound(`Item with id '${id.slice(0, 100)}' not found`, param);
  }

  private forgetOne(): void {
    let most: [string, Owned] | undefined;
    for (const each of this.owners) if (!most || each[1].bytes > most[1].bytes) most = each;
    const [owner, owned] = most as [string, Owned];
    this.remove(owner, owned.entries.keys().next().value as string);
  }

  private remove(owner: string, id: string): void {
    const owned = this.owners.get(owner) as Owned;
    const entry = owned.entries.get(id) as Entry;
    owned.entries.delete(id);
    for (const item of [...entry.input, ...entry.response.output])
      if ('id' in item && item.id && owned.items.get(item.id)?.entry === entry) owned.items.delete(item.id);
    owned.bytes -= entry.bytes;
    this.total -= entry.bytes;
    if (owned.entries.size === 0) this.owners.delete(owner);
  }
}

/** Characters of a value as JSON, but for those that are escaped: nothing is written, so a conversation of megabytes takes no longer than its values. */
function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return String(value).length;
  let length = 2;
  if (Array.isArray(value)) for (const one of value) length += lengthOf(one) + 1;
  else for (const [key, one] of Object.entries(value)) if (one !== undefined) length += key.length + 4 + lengthOf(one);
  return length;
}

function notFound(summary: string, param?: string): ApiError {
  return new ApiError(404, summary, {
    param,
    code: 'response_not_found',
    hint: 'Responses are kept in memory for a while and for their owner alone; send the conversation itself.',
  });
}
