// Replies with a form: JSON by a schema, a choice by a pattern with its probabilities, a logits processor of one's own, beams.
//   npx tsx examples/structured.ts [model]

import { image, Mllm } from 'sensorium';
import type { LogitsProcessor } from 'sensorium/generate';
import { encodePng } from 'sensorium/media';
import { loadSprites, makeScene, renderScene } from 'sensorium/world';

const model = await Mllm.load(process.argv[2] ?? 'models/sensorium-tiny');
const scene = makeScene(2, { split: 'test' });
const picture = image(await encodePng({ width: 64, height: 64, data: renderScene(scene, await loadSprites()) }));

const schema = {
  type: 'object',
  properties: { caption: { type: 'string', pattern: '^[A-Z][a-z ,]{10,60}\\.$' }, objects: { type: 'integer', minimum: 0, maximum: 9 } },
  required: ['caption', 'objects'],
};
const report = await model.generate([picture, 'Describe the image.'], { responseFormat: { type: 'json_schema', schema }, maxTokens: 100 });
console.log('schema', report.finish, JSON.stringify(report.value));

const pattern = 'Yes|No';
const choice = await model.generate([picture, 'Is there a dog?'], { responseFormat: { type: 'regex', pattern }, topLogProbs: 3 });
console.log(
  'choice',
  choice.text,
  choice.tokens[0]?.top?.map((t) => Math.exp(t.logProb).toFixed(3)),
);

const short: LogitsProcessor = {
  process(logits, { step }) {
    if (step >= 6) logits.fill(Number.NEGATIVE_INFINITY, 6); // special tokens come first, and <|end|> is the likeliest of them
  },
};
console.log('short', (await model.generate([picture, 'Describe the image.'], { processors: [short] })).tokens.length);

const { sequences = [] } = await model.generate([picture, 'Describe the image.'], { beams: 4, returnSequences: 2, maxTokens: 24 });
for (const { text, score } of sequences) console.log('beam', score.toFixed(3), text);
await model.dispose();
