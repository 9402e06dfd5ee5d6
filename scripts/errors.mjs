#!/usr/bin/env node
// Writes docs/errors.md from the catalogue of errors, src/util/error-codes.ts.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tsImport } from 'tsx/esm/api';

const root = join(import.meta.dirname, '..');

/** The page: a table for each subject. Throws for a code whose subject has no title. */
export function errorsPage({ ERROR_CODES: codes, ERROR_SUBJECTS: subjects }) {
  const unknown = Object.keys(codes).find((code) => !Object.hasOwn(subjects, code.split('.')[0]));
  if (unknown) throw new Error(`ERROR_SUBJECTS has no title for ${unknown}`);
  const tables = Object.entries(subjects).map(([subject, title]) => {
    const rows = Object.entries(codes).filter(([code]) => code.startsWith(`${subject}.`));
    return [
      `## ${title}`,
      '',
      '| code | meaning |',
      '|---|---|',
      ...rows.map(([code, meaning]) => `| \`${code}\` | ${meaning} |`),
      '',
    ].join('\n');
  });
  return `# Errors

Everything that Sensorium throws on purpose is a \`SensoriumError\`: \`message\` is complete by itself, and \`code\`, \`place\`, \`expected\`, \`got\` and
\`hint\` are its parts. Test \`error.code\`; the wording may change. A code that is not listed here does not compile (\`ErrorCode\`). A code names what it
is about, not the file that throws it. Warnings of a training run have codes too.

\`\`\`ts
try {
  await Mllm.load('folder');
} catch (error) {
  if (error instanceof SensoriumError && error.code === 'model.architecture') console.log(error.hint);
  else throw error;
}
\`\`\`

(This page is made from \`src/util/error-codes.ts\` by \`node scripts/errors.mjs\`; a test fails when it is old.)

${tables.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(join(root, 'docs/errors.md'), errorsPage(await tsImport('../src/util/error-codes.ts', import.meta.url)));
