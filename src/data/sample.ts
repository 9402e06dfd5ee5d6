// One training sample as every reader yields it and every writer takes it: images as file bytes, turns as text.

/** An encoded image file (PNG, JPEG, …), not pixels. */
export interface SampleImage {
  bytes: Uint8Array;
  /** File name relative to the data set. */
  path: string;
}

export interface SampleTurn {
  user: string;
  assistant: string;
}

export interface DataSample {
  id: string;
  images: SampleImage[];
  turns: SampleTurn[];
}

/** Options of everything that writes a data set. */
export interface WriteOptions {
  /** Replace a data set that is already there. */
  force?: boolean;
  signal?: AbortSignal;
  /** Called after each sample with the number written so far. */
  onSample?: (written: number) => void;
}

export type Samples = Iterable<DataSample> | AsyncIterable<DataSample>;
