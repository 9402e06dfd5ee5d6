// The registry of templates: one row each.

import { SensoriumError } from '../../../util/errors.js';
import { nearest } from '../../../util/nearest.js';
import { chatTurns } from './chat.js';
import { flamingo } from './flamingo.js';
import { mmicl } from './mmicl.js';
import { multimodalGpt, multimodalGptZh } from './multimodal-gpt.js';
import { otter } from './otter.js';
import type { DemoTemplate } from './template.js';

export { type DemoTemplate, pattern, showMessages, type TemplateQuery } from './template.js';

/** Every template; the first is the default. */
export const DEMO_TEMPLATES: readonly DemoTemplate[] = [chatTurns, flamingo, multimodalGpt, multimodalGptZh, mmicl, otter];

/** A row of a registry by its name. Errors: `demos.option`, with `place`. */
export function rowNamed<R extends { name: string }>(rows: readonly R[], name: string, place: string): R {
  const found = rows.find((row) => row.name === name);
  if (found) return found;
  const names = rows.map((row) => row.name);
  const near = nearest(name, names);
  throw new SensoriumError('demos.option', `there is no such ${place}`, {
    place,
    expected: names.join(', '),
    got: name || 'nothing',
    hint: near ? `Did you mean ${near}?` : undefined,
  });
}

/** A template by its name. Errors: `demos.option`. */
export const demoTemplate = (name: string): DemoTemplate => rowNamed(DEMO_TEMPLATES, name, 'template');
