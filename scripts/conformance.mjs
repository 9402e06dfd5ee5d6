#!/usr/bin/env node
// Writes docs/conformance.md from results/conformance.json and the labelled replies in test/golden/.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tsImport } from 'tsx/esm/api';

const root = join(import.meta.dirname, '..');
const fixed = (value) => value.toFixed(4);
const percent = (k, n) => `${((100 * k) / n).toFixed(1)} %`;
const table = (rows) =>
  [rows[0], rows[0].map((_, i) => (i ? '---:' : '---')), ...rows.slice(1)].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** Replies to yes/no questions in English with their labels, yes or no. */
function replies() {
  return ['replies', 'replies-held-out', 'replies-fresh', 'replies-bench']
    .flatMap((name) =>
      readFileSync(join(root, `test/golden/evaluate-${name}.jsonl`), 'utf8')
        .trim()
        .split('\n'),
    )
    .map((line) => JSON.parse(line))
    .filter(({ kind, question, label }) => kind === 'yes-no' && question && label !== 'unknown' && !/\p{Script=Han}/u.test(question));
}

/** How the four readings read them. */
function readings(rows, names) {
  return Object.entries(names).map(([name, read]) => {
    const said = rows.map(({ reply, question }) => read(reply, question));
    const count = (test) => rows.filter(({ label }, i) => test(said[i], label)).length;
    const [tp, fp] = [count((s, l) => s === 'yes' && l === 'yes'), count((s, l) => s === 'yes' && l === 'no')];
    const positive = rows.filter(({ label }) => label === 'yes').length;
    return {
      name,
      right: count((s, l) => s === l),
      unread: count((s) => s === 'unknown'),
      f1: (2 * tp) / (tp + fp + positive),
      yes: tp + fp,
    };
  });
}

const examples = [
  ["There isn't a dog.", 'no'],
  ['No.', 'no'],
  ['No, there is not.', 'no'],
  ['Yes, a dog, and no cat.', 'yes'],
  ['The image shows two dogs.', 'yes'],
  ['<think>No cat. A dog?</think>Yes', 'yes'],
  ['no\n', 'no'],
  ['', 'unknown'],
];

/** The page. */
export function conformancePage({ POPE_READINGS: names }) {
  const { official, own } = JSON.parse(readFileSync(join(root, 'results/conformance.json'), 'utf8'));
  const rows = replies();
  const question = 'Is there a dog in the image?';
  return `# Conformance

How our scores compare with those of the published scripts, on the same replies. This page is written by \`node scripts/conformance.mjs\`
from \`results/conformance.json\` and the labelled replies in \`test/golden/\`.

\`\`\`
npm run conformance -- chair --gold captions.jsonl.gz --synonyms synonyms.txt   captions with the script's output, row by row
npm run conformance -- pope --questions coco_pope_random.json --answers answers.jsonl
npm run conformance -- amber --annotations annotations.json --responses responses.json
npm run conformance -- amber --annotations annotations.json --responses generative.json --association relation.json --safe safe_words.txt
npm run conformance -- scienceqa --results test_sqa.json --problems problems.json      a result file of the published scripts
npm run conformance -- mmbench --results predictions.tsv                               a table with VLMEvalKit's hits
npm run conformance -- coco-caption --annotations captions_val2014.json --results captions.json --scores per-image.json
\`\`\`

\`--rows\` prints every row that differs, \`--json FILE\` writes the result. The files are yours: none of them is part of this package.

## CHAIR

\`OfficialChair\` computes CHAIR as its script does, mistakes included: words by the Penn Treebank's rules, singular words by the suffix rules
of pattern.en, double words, the published table of synonyms. On ${official.rows} captions of LLaVA-1.5, MiniGPT-4, mPLUG-Owl2 and InstructBLIP with
the script's own output (public repository BillChan226/HALC):

${table([
  ['', 'script', 'ours'],
  ['CHAIR-s', fixed(official.CHAIRs[0]), fixed(official.CHAIRs[1])],
  ['CHAIR-i', fixed(official.CHAIRi[0]), fixed(official.CHAIRi[1])],
  ['rows with equal sets of hallucinated objects', '', `${official.sets} of ${official.rows}`],
  ['rows with equal lists of mentions', '', `${official.mentions} of ${official.rows}`],
  ['rows with equal words', '', `${official.words} of ${official.rows}`],
])}

Rows that differ: ${official.differing}. A word that the two split differently (an abbreviation at the end of a sentence) made no difference to an object.

What the script does not read, which \`OfficialChair\` keeps:

- The singular of *bus* is *bu*, so one bus is never named; *buses* are. *Ties* become *ty*.
- A synonym that stands behind two spaces in the table (*motor bike*, *cheesecake*) is never found.
- "No clouds, no people": a denial is a mention.
- In a caption with a toilet no seat is a chair.
- *A ski lift*, *a ski slope* are skis.

\`Vocabulary\` with our own table of names (\`cocoObjects\`, English and Chinese) needs no other file. Against the script's mentions:

${table([
  ['', 'value', '95 %'],
  ['precision', fixed(own.precision.value), `${fixed(own.precision.low)}-${fixed(own.precision.high)}`],
  ['recall', fixed(own.recall.value), `${fixed(own.recall.low)}-${fixed(own.recall.high)}`],
  ['CHAIR-s', fixed(own.CHAIRs), ''],
  ['CHAIR-i', fixed(own.CHAIRi), ''],
])}

${table([['object', 'script only', 'ours only'], ...own.objects.map((o) => [o.object, o.official, o.own])])}

Most of the difference is meant: ours knows buses, surfers, umpires and pedestrians, and leaves ski slopes out.

## Yes and no

Four readings of the same ${rows.length} English replies that people would call yes or no. *official* is POPE's own rule; *lmms-eval* wants nothing but
the word; *VLMEvalKit* looks for one of the two words and asks a judge for the rest, which here counts as unread; *robust* is \`parseRobust\`
with the question, which was mended on most of these replies (see [evaluate.md](evaluate.md) for what it reads unseen).

${table([
  ['', 'right', 'unread', 'F1', 'says yes'],
  ...readings(rows, names).map((r) => [
    r.name,
    percent(r.right, rows.length),
    percent(r.unread, rows.length),
    r.f1.toFixed(3),
    percent(r.yes, rows.length),
  ]),
])}

${table([['reply', 'is', ...Object.keys(names)], ...examples.map(([reply, label]) => [`\`${JSON.stringify(reply)}\``, label, ...Object.values(names).map((read) => read(reply, question))])])}

Why they differ: the official rule looks for the words *No*, *not*, *no* in what stands before the first full stop and calls everything else yes, so
"There isn't a dog", "NO" and silence are yes. lmms-eval compares the whole reply, so a sentence is wrong whatever it says; its yes ratio
counts the labels and not the replies. VLMEvalKit reads neither a reply with both words nor one with none of them.

## AMBER

\`amberGenerative\` and \`amberPrinted\` have the paper's and the script's forms. The script sums over the corpus where the paper takes the mean over
responses, divides Cog by the number of targets and not of objects named, rounds precision and recall before F1 and adds 0.0001 (existence:
0.001) below its line; only the exact replies "Yes" and "No" count. All of its existence questions are answered by no, so always answering "No"
has accuracy 66.3 and F1 79.7 overall: \`conformance -- amber\` prints it beside every score, and \`amberScoreList\` adds a balanced existence split.
The script also takes words for equal whose spaCy vectors are near; without them, only its table of associations is used.
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const module = await tsImport('../src/cli/conformance.ts', import.meta.url);
  writeFileSync(join(root, 'docs/conformance.md'), conformancePage(module));
}
