// What a download from the hub tells while it goes on, for progress displays and logs.

/** A file of a model on the hub. */
export interface HubFile {
  /** Within the repository, such as `model.safetensors`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** One thing that happened. */
export type HubEvent =
  /** What will be fetched, before it is: `bytes` in all, of which `resumed` are here from a download that broke off. */
  | { type: 'plan'; repo: string; revision: string; commit: string; files: readonly HubFile[]; bytes: number; resumed: number; dir: string }
  /** Bytes of the plan that are here. */
  | { type: 'progress'; path: string; done: number; total: number }
  /** A file is complete and its checksum right. */
  | { type: 'file'; path: string; size: number }
  /** A request failed and is repeated in `ms`; what has come is kept unless the checksum was wrong. */
  | { type: 'retry'; path: string; reason: string; ms: number }
  /** Another process is fetching this model; it is waited for. */
  | { type: 'wait'; repo: string; holder: string }
  /** The hub cannot be reached; the copy in the cache is used, which may be older than the hub's. */
  | { type: 'stale'; repo: string; revision: string; commit: string; reason: string };
