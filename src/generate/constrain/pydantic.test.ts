// Schemas that Pydantic writes (test/golden/pydantic_schemas.py): replies drawn at random satisfy them, as Ajv reads them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../util/rng.js';
import { compileSchema, type JsonSchema } from './schema.js';
import { constraintOver, drawReply, textOf } from './testing.js';

const file = join(import.meta.dirname, '../../../test/golden/pydantic-schemas.json');
const schemas = JSON.parse(readFileSync(file, 'utf8')) as Record<string, JsonSchema>;
const ajv = new Ajv2020({ strict: false, validateFormats: false, multipleOfPrecision: 6 });

describe('Pydantic', () => {
  it.each(Object.keys(schemas))('%s', (name) => {
    const schema = schemas[name] as JsonSchema;
    const constraint = constraintOver(compileSchema(schema));
    const validate = ajv.compile(schema);
    let ended = 0;
    for (const seed of [1, 2, 3]) {
      const ids = drawReply(constraint, new Rng(seed), { free: 15, most: 1000 });
      if (!ids) continue;
      ended++;
      const value: unknown = JSON.parse(textOf(constraint, ids));
      expect([value, validate(value), validate.errors]).toEqual([value, true, null]);
    }
    expect(ended).toBeGreaterThan(0);
  });
});
