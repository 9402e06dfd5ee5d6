// The list of benchmarks names each once, with its judge and its scores.

import { expect, test } from 'vitest';
import { FILE_BENCHMARKS } from '../evaluate/benchmarks/index.js';
import { benchmarkList } from './bench-list.js';

test('every benchmark stands there, with what it reads and who judges', async () => {
  const lines = (await benchmarkList()).split('\n');
  const line = (name: string): string => lines.filter((text) => text.startsWith(`${name} `)).join('\n');
  for (const open of FILE_BENCHMARKS) {
    const { name, judge, reads } = open({ data: [] });
    expect(reads, name).toBeTruthy();
    expect(line(name), name).toContain(reads);
    if (judge && name !== 'own') expect(line(name)).toContain('needs --judge');
    if (!['qa', 'haelm', 'cceval'].includes(name)) expect(line(`world:${name}`), name).toContain('scenes');
  }
  for (const name of ['llava-bench', 'mmhal-bench', 'gavie', 'owleval', 'video-chatgpt'])
    expect(line(`world:${name}`)).toContain('exact truth');
  expect(line('mme')).toContain('perception, cognition, hallucination subset');
  expect(line('world:amber')).toContain('F1, all');
  expect(line('world:flickr30k-retrieval')).toContain('recall at 1, 5 and 10');
});
