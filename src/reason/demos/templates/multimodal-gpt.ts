// MultiModal-GPT (Gong et al. 2023, arXiv:2305.04790): numbered examples of instruction, image and response, in English and in Chinese.

import { textOf } from '../demo.js';
import { type DemoTemplate, imagesOf, pattern, questionFor } from './template.js';

/** The words that stand before each piece. */
interface Words {
  example: (n: number) => string;
  task: string;
  instruction: string;
  image: string;
  response: string;
}

const ENGLISH: Words = {
  example: (n) => `### Example ${n}:`,
  task: '### Current task:',
  instruction: '### Instruction: ',
  image: '### Image: ',
  response: '### Response:',
};

const CHINESE: Words = {
  example: (n) => `### 示例${n}:`,
  task: '### 当前任务:',
  instruction: '### 指令: ',
  image: '### 图像: ',
  response: '### 响应:',
};

/**
 * Numbered examples. The markers of beginning and end are the model's: its chat template writes `<BOS>`, and no `<EOS>` stands behind the open
 * response, where nothing could follow it.
 */
function numbered(name: string, about: string, words: Words): DemoTemplate {
  const line = (images: readonly unknown[]): string => (images.length > 0 ? `\n${words.image}` : '');
  return pattern({
    name,
    about,
    stops: ['###'],
    demo(demo, query, before) {
      const images = imagesOf(demo.content);
      const head = `${words.example(before.length + 1)}\n${words.instruction}${questionFor(demo, query)}${line(images)}`;
      return [head, ...images, `\n${words.response} ${demo.answer}\n\n`];
    },
    query({ content }) {
      const images = imagesOf(content);
      return [`${words.task}\n${words.instruction}${textOf(content)}${line(images)}`, ...images, `\n${words.response}`];
    },
  });
}

/** The English form. */
export const multimodalGpt = numbered('multimodal-gpt', "numbered examples of instruction, image and response, MultiModal-GPT's", ENGLISH);
/** The Chinese form. */
export const multimodalGptZh = numbered('multimodal-gpt-zh', 'the same in Chinese', CHINESE);
