// A conversation in the messages of the OpenAI chat API, streamed, sampled with a seed, and stopped after two seconds at most.
//   npx tsx examples/stream.ts [model]

import { type ChatMessage, Mllm } from 'sensorium';
import { encodePng } from 'sensorium/media';
import { loadSprites, makeScene, renderScene } from 'sensorium/world';

const MODEL = process.argv[2] ?? 'models/sensorium-tiny';
const png = await encodePng({ width: 64, height: 64, data: renderScene(makeScene(1, { split: 'test' }), await loadSprites()) });
const url = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
const messages: ChatMessage[] = [
  {
    role: 'user',
    content: [
      { type: 'image_url', image_url: { url } },
      { type: 'text', text: 'Describe the image in detail.' },
    ],
  },
];

const model = await Mllm.load(MODEL);
const signal = AbortSignal.timeout(Number(process.argv[3] ?? 2000));
try {
  for await (const piece of model.stream({ messages, signal, temperature: 0.7, topP: 0.9, seed: 1, stop: '\n' }))
    process.stdout.write(piece.text);
} catch (error) {
  if (!signal.aborted) throw error;
}
console.log();
await model.dispose();
