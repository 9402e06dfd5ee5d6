// A model behind the OpenAI API, asked over the wire by the openai package; then by the AI SDK, in this process and without a server.
//   npx tsx examples/serve.ts [model]

import { generateText } from 'ai';
import OpenAI from 'openai';
import { sensorium } from 'sensorium/ai';
import { encodePng } from 'sensorium/media';
import { ModelEngine, serve } from 'sensorium/serve';
import { loadSprites, makeScene, renderScene } from 'sensorium/world';

const MODEL = process.argv[2] ?? 'models/sensorium-tiny';
const png = await encodePng({ width: 64, height: 64, data: renderScene(makeScene(1, { split: 'test' }), await loadSprites()) });

const engine = await ModelEngine.load(MODEL);
const server = await serve({ engine, model: 'tiny', port: 0 });
const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none' });
const url = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
const content: OpenAI.ChatCompletionContentPart[] = [
  { type: 'image_url', image_url: { url } },
  { type: 'text', text: 'Describe the image in detail.' },
];
const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content }];
const stream = await client.chat.completions.create({ model: 'tiny', messages, temperature: 0, max_tokens: 60, stream: true });
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
console.log();
await server.close();

const image = { type: 'image', image: png } as const;
const question = { type: 'text', text: 'Describe the image briefly.' } as const;
const { text } = await generateText({ model: sensorium(engine), messages: [{ role: 'user', content: [image, question] }], temperature: 0 });
console.log(text);
await engine.dispose();
