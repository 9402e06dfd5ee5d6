// The table of clients in docs/serve.md: what the suite recorded, with the versions that are pinned now.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error a script without types
import * as scripts from '../scripts/clients.mjs';

const { CLIENTS, pinnedVersions, recorded, withTable } = scripts as {
  CLIENTS: readonly { name: string; language: string }[];
  pinnedVersions(client: object): Record<string, string>;
  recorded(): { name: string; language: string; versions: Record<string, string>; apis: Record<string, string[]> }[];
  withTable(page: string, clients: object): string;
};

it('the table of docs/serve.md is made from test/clients/table.json', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/serve.md'), 'utf8');
  expect(withTable(page, recorded())).toBe(page);
});

it('every client is recorded, in the version that is pinned', () => {
  const pins = CLIENTS.map((client) => ({ name: client.name, language: client.language, versions: pinnedVersions(client) }));
  expect(recorded().map(({ name, language, versions }) => ({ name, language, versions }))).toEqual(pins);
  for (const { versions } of pins) for (const version of Object.values(versions)) expect(version).toMatch(/^\d+\.\d+/);
  for (const { apis } of recorded()) expect(Object.values(apis).every((features) => features.length > 0)).toBe(true);
});
