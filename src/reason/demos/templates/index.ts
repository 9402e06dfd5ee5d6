// The registry of templates: one row each.

import { rowNamed } from '../registry.js';
import { chatTurns } from './chat.js';
import { flamingo } from './flamingo.js';
import { mmicl } from './mmicl.js';
import { multimodalGpt, multimodalGptZh } from './multimodal-gpt.js';
import { otter } from './otter.js';
import type { DemoTemplate } from './template.js';

export { type DemoTemplate, pattern, showMessages, type TemplateQuery } from './template.js';

/** Every template; the first is the default. */
export const DEMO_TEMPLATES: readonly DemoTemplate[] = [chatTurns, flamingo, multimodalGpt, multimodalGptZh, mmicl, otter];

/** A template by its name. Errors: `demos.option`. */
export const demoTemplate = (name: string): DemoTemplate => rowNamed(DEMO_TEMPLATES, name, 'template');
