// The registry of selectors: one row each.

import { rowNamed } from '../registry.js';
import { diverse } from './mmr.js';
import { fixed, random } from './random.js';
import { rices, ricesBoth, ricesText } from './rices.js';
import type { DemoSelector } from './selector.js';

export type { DemoSelector, Selection, SelectorNeed, VectorSelection } from './selector.js';

/** Every selector. */
export const DEMO_SELECTORS: readonly DemoSelector[] = [rices, ricesText, ricesBoth, diverse, random, fixed];

/** A selector by its name. Errors: `demos.option`. */
export const demoSelector = (name: string): DemoSelector => rowNamed(DEMO_SELECTORS, name, 'selector');
