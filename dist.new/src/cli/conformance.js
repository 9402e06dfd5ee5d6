// `npm run conformance -- NAME`: our scores beside those of published scripts, row by row, on files that a user has.
import { parseArgs } from 'node:util';
import { amberAnswers, amberDimension, amberDiscriminative, amberGenerative, amberPrinted, amberResponse, chairAgreement, OfficialChair, ownTableAgreement, } from '../trust/index.js';
import { singularize } from '../trust/singularize.js';
import { treebankWords } from '../trust/treebank.js';
import { SensoriumError } from '../util/errors.js';
import { readJson, readText, writeAtomic } from '../util/fs.js';
import { cocoCaption } from './conformance-captions.js';
import { mmbench, scienceqa } from './conformance-choice.js';
import { pope } from './conformance-pope.js';
import { fixed, lines, need, options, percent } from './conformance-shared.js';
import { alignColumns } from './score-table.js';
export { POPE_READINGS } from './conformance-pope.js';
const USAGE = `usage: npm run conformance -- NAME [options]

  chair --gold FILE [--synonyms FILE]     captions with the output of the CHAIR script, a JSON object on each line (.gz too): caption, truth,
                                          mentioned, hallucinated, CHAIRs, CHAIRi, words. --synonyms: the script's table; without it
                                          only our own table is compared
  pope --questions FILE --answers FILE    POPE's questions (JSON lines or a list) and answers to them ({question_id, answer or text}, or as many
                                          without ids in the order of the questions): the four readings
  amber --annotations FILE --responses FILE   AMBER's annotations.json and responses ({id, response}): what its script prints. With
        --association relation.json --safe safe_words.txt the generative part too
  scienceqa --results FILE [--problems FILE]  a result file of the published scripts ({results, outputs}): the option that each stored beside
                                          the published pattern and ours; --problems problems.json: accuracy by each
  mmbench --results FILE                  a table with the predictions and the hits of VLMEvalKit (XLSX, CSV or TSV: index, A, B, …, answer, prediction, hit)
  coco-caption --annotations FILE --results FILE [--scores FILE]   captions ({image_id, caption}) by COCO's annotations; --scores: what
                                          pycocoevalcap gave for each image ({image_id, CIDEr, ROUGE_L, METEOR})

  --rows      every row that differs
  --json FILE also write the result
`;
async function chair(args) {
    const gold = await lines(need(args, 'gold'), ['caption', 'truth', 'mentioned', 'hallucinated']);
    const out = [];
    const result = { rows: gold.length };
    if (args.synonyms) {
        const found = chairAgreement(gold, new OfficialChair(await readText(args.synonyms)));
        result.official = found;
        const kinds = new Map();
        for (const { kind, at } of found.differing) {
            const name = at ? `${kind}: ${at[0]} (script), ${at[1] || 'nothing'} (ours)` : kind;
            kinds.set(name, (kinds.get(name) ?? 0) + 1);
        }
        out.push('With the published table of synonyms', alignColumns([
            ['', 'script', 'ours'],
            ['CHAIR-s', fixed(found.CHAIRs[0]), fixed(found.CHAIRs[1])],
            ['CHAIR-i', fixed(found.CHAIRi[0]), fixed(found.CHAIRi[1])],
        ]), `equal sets of hallucinated objects   ${percent(found.sets, found.rows)}`, `equal lists of mentions              ${percent(found.mentions, found.rows)}`, ...(found.words === undefined ? [] : [`equal words                          ${percent(found.words, found.rows)}`]), `rows that differ                     ${found.differing.length}`, ...[...kinds].sort((a, b) => b[1] - a[1]).map(([name, count]) => `  ${count}  ${name}`), ...(args.rows
            ? found.differing.map(({ image, kind, missing, extra, at }) => `${image}  ${kind}${at ? ` ${at.join(' / ')}` : ''}  script only: ${missing.join(', ') || '-'}  ours only: ${extra.join(', ') || '-'}`)
            : []), '');
    }
    const own = ownTableAgreement(gold);
    result.own = own;
    const { precision, recall } = own;
    out.push('With our own table of names, against the mentions of the script', alignColumns([
        ['', 'value', '95 %'],
        ['precision', fixed(precision.value), `${fixed(precision.low)}-${fixed(precision.high)}`],
        ['recall', fixed(recall.value), `${fixed(recall.low)}-${fixed(recall.high)}`],
        ['CHAIR-s', fixed(own.CHAIRs), ''],
        ['CHAIR-i', fixed(own.CHAIRi), ''],
    ]), `mentions: ${own.both} by both, ${own.official} by the script alone, ${own.own} by ours alone`, alignColumns([
        ['object', 'script only', 'ours only'],
        ...own.objects.slice(0, args.rows ? undefined : 12).map((o) => [o.object, String(o.official), String(o.own)]),
    ]));
    return { text: out.join('\n'), result };
}
async function amber(args) {
    const annotations = await readJson(need(args, 'annotations'));
    const responses = await readJson(need(args, 'responses'));
    for (const [name, rows] of [
        ['annotations', annotations],
        ['responses', responses],
    ])
        if (!Array.isArray(rows))
            throw new SensoriumError('trust.amber', 'this is not a file of AMBER', { place: args[name], expected: 'a list', got: typeof rows });
    const dimensions = ['all', 'existence', 'attribute', 'relation'];
    const questions = new Set(annotations.flatMap(({ id, type }) => (type === 'generative' ? [] : [id])));
    // Responses to the generative part alone have nothing to say to the questions.
    const describes = args.association !== undefined && !responses.some(({ id }) => questions.has(id));
    const printed = (describes ? [] : ['official', 'robust']).flatMap((parser) => {
        const answers = amberAnswers(annotations, responses, parser);
        return dimensions.map((dimension) => {
            const own = dimension === 'all' ? answers : answers.filter(({ type }) => amberDimension(type) === dimension);
            const scores = amberDiscriminative(own);
            const always = amberDiscriminative(own.map(({ truth }) => ({ truth, answer: 'no' })));
            const kind = dimension === 'all' || dimension === 'existence' ? dimension : 'other';
            return { parser, dimension, n: own.length, ...amberPrinted(scores, kind), alwaysNo: amberPrinted(always, kind).f1 };
        });
    });
    const generative = await amberDescriptions(args, annotations, responses);
    const asked = alignColumns([
        ['', 'n', 'accuracy', 'precision', 'recall', 'F1', 'F1 of always no'],
        ...printed.map((p) => [
            `${p.dimension}, ${p.parser} reading`,
            ...[p.n, p.accuracy, p.precision, p.recall, p.f1, p.alwaysNo].map(String),
        ]),
    ]);
    return {
        text: [...(printed.some(({ n }) => n > 0) ? [asked] : []), ...(generative ? [generative.text] : [])].join('\n\n'),
        result: generative ? { discriminative: printed, generative: generative.result } : printed,
    };
}
/**
 * The generative part, where the word lists are given. The script takes as nouns what NLTK tags so, and as equal what spaCy's vectors call
 * near; here every word of the association table is a noun and nothing else is near.
 */
async function amberDescriptions(args, annotations, responses) {
    if (args.association === undefined && args.safe === undefined)
        return undefined;
    const association = await readJson(need(args, 'association'));
    const safe = new Set((await readText(need(args, 'safe'))).split(/\r?\n/).map((word) => word.trim()));
    const known = new Map(annotations.flatMap((row) => (row.type === 'generative' ? [[row.id, row]] : [])));
    const own = responses.flatMap(({ id, response }) => {
        const row = known.get(id);
        return row ? [{ id, row, nouns: treebankWords(response.toLowerCase()).map(singularize) }] : [];
    });
    if (own.length === 0)
        throw new SensoriumError('trust.amber', 'no description has its annotation', {
            place: args.responses,
            expected: 'ids of rows of type generative',
            got: `${responses.length} responses`,
        });
    const counted = own.map(({ nouns, row }) => amberResponse(nouns, row, { association, safe }));
    const { official, paper } = amberGenerative(counted);
    const line = (name, pick) => [
        name,
        ...[official, paper].map((s) => fixed(100 * pick(s))),
    ];
    return {
        text: [
            `descriptions: ${own.length}`,
            alignColumns([
                ['', 'script', 'paper'],
                line('CHAIR', (s) => s.chair),
                line('Cover', (s) => s.cover),
                line('Hal', (s) => s.hal),
                line('Cog', (s) => s.cog),
            ]),
            ...(args.rows
                ? own.map(({ id }, i) => `${id}  named ${counted[i]?.named}, made up ${counted[i]?.wrong}, covered ${counted[i]?.covered} of ${counted[i]?.truth}`)
                : []),
        ].join('\n'),
        result: { official, paper, rows: own.map(({ id }, i) => ({ id, ...counted[i] })) },
    };
}
const comparisons = {
    chair,
    pope,
    amber,
    scienceqa,
    mmbench,
    'coco-caption': cocoCaption,
};
/** Runs one comparison and returns the exit code. */
export async function main(argv) {
    const [name, ...rest] = argv;
    const run = name === undefined ? undefined : comparisons[name];
    if (!run) {
        process.stderr.write(name === undefined || name === '--help' ? USAGE : `error: there is no comparison '${name}'\n\n${USAGE}`);
        return name === '--help' ? 0 : 2;
    }
    try {
        const { values } = parseArgs({ args: rest, options, strict: true });
        const { text, result } = await run(values);
        process.stdout.write(`${text}\n`);
        if (values.json)
            await writeAtomic(values.json, `${JSON.stringify(result, null, 2)}\n`);
        return 0;
    }
    catch (error) {
        if (error instanceof SensoriumError) {
            process.stderr.write(`error: ${error.message}\n`);
            return error.code === 'cli.usage' ? 2 : 1;
        }
        if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
            process.stderr.write(`error: ${error.message}\n\n${USAGE}`);
            return 2;
        }
        throw error;
    }
}
//# sourceMappingURL=conformance.js.map