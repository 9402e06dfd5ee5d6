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
  owner: string;
  bytes: number;
}

/** A bounded store. */
export class ResponseStore {
  private readonly entries = new Map<string, Entry>();
  private total = 0;

  /** `maxBytes` bounds all that is kept; 0 keeps nothing. */
  constructor(private readonly maxBytes: number) {}

  /** Bytes that are kept, as JSON. */
  get bytes(): number {
    return this.total;
  }

  /** Keeps a response, unless it is larger than the store. */
  put(owner: string, stored: StoredResponse): void {
    const bytes = 2 * (JSON.stringify(stored.response).length + JSON.stringify(stored.conversation).length);
    if (bytes > this.maxBytes) return;
    for (const [id, entry] of this.entries) {
      if (this.total + bytes <= this.maxBytes) break;
      this.remove(id, entry);
    }
    this.entries.set(stored.response.id, { ...stored, owner, bytes });
    this.total += bytes;
  }

  /** Throws `ApiError` 404 for a response that is not there or another's. */
  get(owner: string, id: string, param?: string): StoredResponse {
    const entry = this.entries.get(id);
    if (entry?.owner === owner) return entry;
    throw notFound(`Response with id '${id.slice(0, 100)}' not found`, param);
  }

  /** Throws like `get`. */
  delete(owner: string, id: string): void {
    this.get(owner, id);
    this.remove(id, this.entries.get(id) as Entry);
  }

  /** An item of an earlier response, by its id. Throws `ApiError` 404. */
  item(owner: string, id: string, param: string): OutputItem {
    for (const entry of this.entries.values())
      if (entry.owner === owner) for (const item of entry.response.output) if (item.id === id) return item;
    throw notFound(`Item with id '${id.slice(0, 100)}' not found`, param);
  }

  private remove(id: string, entry: Entry): void {
    this.entries.delete(id);
    this.total -= entry.bytes;
  }
}

function notFound(summary: string, param?: string): ApiError {
  return new ApiError(404, summary, {
    param,
    code: 'response_not_found',
    hint: 'Responses are kept in memory for a while and for their owner alone; send the conversation itself.',
  });
}
