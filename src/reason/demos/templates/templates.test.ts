// Golden strings of every template of demonstrations, with images where they stand.

import { describe, expect, it } from 'vitest';
import { type Demo, makeDemo } from '../demo.js';
import { DEMO_TEMPLATES, demoTemplate, showMessages } from './index.js';

const image = (source: string) => ({ type: 'image' as const, source });
const text = (words: string) => ({ type: 'text' as const, text: words });
const demos: Demo[] = [
  makeDemo([image('a.png'), text('What is this?')], 'a wug'),
  makeDemo([image('b.png'), image('c.png'), text('Which is larger?')], 'the second'),
];
const query = { content: [image('q.png'), text('What is it?')], before: [{ role: 'system' as const, content: 'Be brief.' }] };

const GOLDEN: Record<string, string> = {
  chat: `system: Be brief.
user: <image>What is this?
assistant: a wug
user: <image><image>Which is larger?
assistant: the second
user: <image>What is it?`,
  flamingo: `system: Be brief.
user: <image>Question:What is this? Short answer:a wug<|endofchunk|><image><image>Question:Which is larger? Short answer:the second<|endofchunk|><image>Question:What is it? Short answer:`,
  'multimodal-gpt': `system: Be brief.
user: ### Example 1:
### Instruction: What is this?
### Image: <image>
### Response: a wug

### Example 2:
### Instruction: Which is larger?
### Image: <image><image>
### Response: the second

### Current task:
### Instruction: What is it?
### Image: <image>
### Response:`,
  'multimodal-gpt-zh': `system: Be brief.
user: ### 示例1:
### 指令: What is this?
### 图像: <image>
### 响应: a wug

### 示例2:
### 指令: Which is larger?
### 图像: <image><image>
### 响应: the second

### 当前任务:
### 指令: What is it?
### 图像: <image>
### 响应:`,
  mmicl: `system: Be brief.
user: image 0: <IMG0><image>
Question: What is this? Answer: a wug
image 1: <IMG1><image>
image 2: <IMG2><image>
Question: Which is larger? Answer: the second
image 3: <IMG3><image>
Question: What is it? Answer:`,
  otter: `system: Be brief.
user: <image>User: What is this? GPT:<answer> a wug<|endofchunk|><image><image>User: Which is larger? GPT:<answer> the second<|endofchunk|><image>User: What is it? GPT:<answer>`,
};

describe('templates of demonstrations', () => {
  it.each(DEMO_TEMPLATES.map(({ name }) => name))('%s writes its form', (name) => {
    expect(showMessages(demoTemplate(name).write(demos, query))).toBe(GOLDEN[name]);
  });

  it('keeps the images as parts, in their order', () => {
    for (const template of DEMO_TEMPLATES) {
      const parts = template.write(demos, query).flatMap(({ content }) => (Array.isArray(content) ? content : []));
      const sources = parts.flatMap((part) => (part.type === 'image' ? [part.source] : []));
      expect(sources).toEqual(['a.png', 'b.png', 'c.png', 'q.png']);
    }
  });

  it('gives captions the question of the query, and Flamingo its own form for them', () => {
    const caption = [makeDemo([image('a.png')], 'A wug.')];
    expect(showMessages(demoTemplate('chat').write(caption, { content: query.content }))).toBe(
      'user: <image>What is it?\nassistant: A wug.\nuser: <image>What is it?',
    );
    expect(showMessages(demoTemplate('flamingo').write(caption, { content: [image('q.png')] }))).toBe(
      'user: <image>Output:A wug.<|endofchunk|><image>Output:',
    );
  });

  it('keeps earlier turns behind the demos, and asks without demos what is asked', () => {
    const before = [
      { role: 'user' as const, content: 'Hello' },
      { role: 'assistant' as const, content: 'Hi' },
    ];
    const written = demoTemplate('chat').write(demos.slice(0, 1), { content: query.content, before });
    expect(written.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    expect(written[2]?.content).toBe('Hello');
    expect(demoTemplate('chat').write([], { content: query.content })).toEqual([{ role: 'user', content: query.content }]);
  });

  it('names a template that is near', () => {
    expect(() => demoTemplate('flamingoo')).toThrowError(expect.objectContaining({ code: 'demos.option', hint: 'Did you mean flamingo?' }));
  });
});
