// The names that requests may use for demonstrations.

import { DEMO_ORDERS, DEMO_SELECTORS, DEMO_TEMPLATES } from '../reason/demos/registries.js';

const names = (rows: readonly { readonly name: string }[]): string[] => rows.map(({ name }) => name);

/** Orders that ask the model about other demonstrations are left out: one request would become dozens. */
export const DEMO_NAMES = {
  selector: names(DEMO_SELECTORS),
  order: names(DEMO_ORDERS.filter(({ probes }) => !probes)),
  template: names(DEMO_TEMPLATES),
};
