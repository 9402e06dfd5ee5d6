// The dashboard in docs/ against the metrics of a server: every metric that a panel asks for exists, and every metric of ours is shown.

import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseKeys } from './keys.js';
import { serve } from './server.js';
import { FakeEngine } from './testing.js';

interface Panel {
  title: string;
  gridPos: { h: number; w: number; x: number; y: number };
  targets?: { expr: string }[];
}

it('asks for metrics that there are, with labels that they have', async () => {
  const [key] = parseKeys('sk-first-key', 'keys');
  const engine = Object.assign(new FakeEngine(), {
    memory: () => ({ weights: 1, kv: 1, prefix: 1, features: 1, logits: 1 }),
    cacheHits: () => ({ prefix: 1, features: 1 }),
  });
  const models = [{ name: 'fake', load: async () => engine }];
  const server = await serve({ models, port: 0, keys: key ? [key] : [], lostLines: () => 0 });
  const headers = { authorization: `Bearer ${key?.key}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 3 });
  await (await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', headers, body })).text();
  const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
  await server.close();

  /** Labels of each metric, by the name that queries use. */
  const labels = new Map<string, Set<string>>();
  for (const [, name = '', list = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? /gm))
    labels.set(
      name,
      new Set([...(labels.get(name) ?? []), ...[...list.matchAll(/(\w+)="/g)].map((found) => found[1] as string), 'instance']),
    );
  const { panels } = JSON.parse(await readFile('docs/grafana.json', 'utf8')) as { panels: Panel[] };
  const shown = new Set<string>();
  for (const { title, targets = [] } of panels)
    for (const { expr } of targets) {
      const metrics = [...expr.matchAll(/\b((?:sensorium|process)_\w+)(?:\{([^}]*)\})?/g)];
      expect(metrics.length, title).toBeGreaterThan(0);
      for (const [, name = '', matchers = ''] of metrics) {
        shown.add(name.replace(/_bucket$/, ''));
        expect([...labels.keys()], title).toContain(name);
        const by = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(/, */) ?? [];
        for (const label of [...by, ...[...matchers.matchAll(/(\w+)(?:=~|!=|=)/g)].map((found) => found[1] as string)])
          expect([...(labels.get(name) ?? [])], `${title}: ${label}`).toContain(label);
      }
    }
  const ours = [...text.matchAll(/^# TYPE (\w+)/gm)].map((found) => found[1] as string);
  expect(ours.filter((name) => !shown.has(name))).toEqual([]);
  // No two panels lie on one another.
  const places = panels.flatMap(({ gridPos: { x, y, w } }) => Array.from({ length: w }, (_, i) => `${x + i},${y}`));
  expect(new Set(places).size).toBe(places.length);
});
