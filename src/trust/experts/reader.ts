// A reader that holds sessions.

import type { TextReader } from '../reader.js';

/** A reader that must be disposed of. */
export interface OpenReader extends TextReader {
  readonly name: string;
  dispose(): void;
}
