// Names of things in sentences.

import { plurals as pluralForms } from '../../evaluate/mentions.js';

/** `a dog`, `an apple`; words without a singular stay as they are. */
export const article = (name: string): string => (/^(skis|scissors)$/.test(name) ? name : `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`);

/** The usual plural: `dogs`, `buses`, `people`. */
export const plurals = (name: string): string =>
  name === 'person' ? 'people' : /^(sheep|fish|skis|scissors)$/.test(name) ? name : (pluralForms(name)[0] ?? name);
