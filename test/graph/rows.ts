// The op table: every op with its shapes and what naive loops make of them.

import type { Row } from './check.js';
import { convRows } from './rows-conv.js';
import { elementwiseRows } from './rows-elementwise.js';
import { indexedRows } from './rows-indexed.js';
import { layoutRows } from './rows-layout.js';
import { linearRows } from './rows-linear.js';
import { movedRows } from './rows-moved.js';
import { quantizedRows } from './rows-quantized.js';

export const rows: readonly Row[] = [
  ...elementwiseRows,
  ...layoutRows,
  ...indexedRows,
  ...linearRows,
  ...quantizedRows,
  ...movedRows,
  ...convRows,
];
