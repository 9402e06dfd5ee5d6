// Requests for tools: rows are in the form, their own pattern matches them, unseen tools stay out of training, and scores are full for the truth.

import { describe, expect, it } from 'vitest';
import { toolScores } from '../../evaluate/metrics/tool-steps.js';
import { Rng } from '../../util/rng.js';
import { makeScene } from '../../world/index.js';
import {
  gpt4toolsPrompt,
  inventedTool,
  listedTools,
  pathsIn,
  readGptToolsReply,
  readTeacher,
  replyPattern,
  SEEN_TOOLS,
  teacherPrompt,
  toolConversations,
  toolRow,
  UNSEEN_TOOLS,
} from './index.js';

const matches = (prompt: string, reply: string): boolean => new RegExp(`^(?:${replyPattern(prompt)})$`, 'u').test(reply);

describe('rows of tools', () => {
  it('are in the form, match the pattern of their prompt, and score fully as their own truth', () => {
    for (let i = 0; i < 40; i++)
      for (const split of ['train', 'seen', 'unseen'] as const)
        for (const kind of ['call', 'negative', 'context'] as const) {
          const row = toolRow(makeScene(i, { split: 'train', seed: 2 }), kind, { split, rng: new Rng(`${i}/${split}/${kind}`) });
          const prompt = gpt4toolsPrompt(row);
          expect(listedTools(prompt)).toEqual(row.tools.map(({ name, about, takes }) => ({ name, about, takes })));
          expect(matches(prompt, row.output), `${prompt}\n---\n${row.output}`).toBe(true);
          expect(toolScores(row.output, row.output).success).toBe(true);
          const read = readGptToolsReply(row.output);
          expect(read?.kind).toBe(kind === 'negative' ? 'answer' : 'call');
          if (read?.kind === 'call') for (const path of read.args.flatMap(pathsIn)) expect(prompt).toContain(path);
        }
  });

  it('allow no other tool, no invented file and no free text', () => {
    const prompt = gpt4toolsPrompt({ tools: SEEN_TOOLS.slice(0, 2), input: 'Segment image/123.png into its parts.' });
    const call = (name: string, args: string): string => `Thought: Do I need to use a tool? Yes\nAction: ${name}\nAction Input: ${args}`;
    expect(matches(prompt, call('Segment the Image', 'image/123.png'))).toBe(true);
    for (const bad of [
      call('Read Text', 'image/123.png'),
      call('Segment the Image', 'image/124.png'),
      call('Segment the Image', 'image/123.png, dog'),
      'I will do it.',
    ])
      expect(matches(prompt, bad)).toBe(false);
    expect(readGptToolsReply('I will do it.')).toBeUndefined();
  });

  it('never list or ask for an unseen tool in training', async () => {
    const data = toolConversations({ rows: 60, seed: 3 });
    const names = UNSEEN_TOOLS.map(({ name }) => name);
    for (let i = 0; i < data.length; i++) {
      const text = JSON.stringify(await data.get(i));
      expect(names.filter((name) => text.includes(name))).toEqual([]);
    }
    expect(await data.get(5)).toEqual(await data.get(5));
    expect(new Set([...SEEN_TOOLS, ...UNSEEN_TOOLS].map(({ name }) => name)).size).toBe(23);
  });

  it('come from teachers too, whose wrong lines are left out', () => {
    const tools = SEEN_TOOLS.slice(0, 2);
    expect(teacherPrompt({ path: 'image/7.png', caption: 'a dog' }, tools)).toContain('> Detect the Object');
    const rows = readTeacher(
      'Where is my dog?\tDetect the Object\timage/7.png, dog\nFly!\tFly\timage/7.png\nCut.\tSegment the Image\timage/7.png, dog',
      tools,
    );
    expect(rows.map(({ output }) => output)).toEqual([
      'Thought: Do I need to use a tool? Yes\nAction: Detect the Object\nAction Input: image/7.png, dog',
    ]);
  });

  it('invent tools whose requests share a word with their description', () => {
    for (let i = 0; i < 50; i++) {
      const { name, about, requests } = inventedTool(new Rng(i));
      for (const request of requests) {
        const words = new Set(`${name} ${about}`.toLowerCase().split(/\W+/));
        expect(
          request
            .toLowerCase()
            .replace(/\{\w+\}/g, '')
            .split(/\W+/)
            .some((word) => word.length > 2 && !['the', 'image'].includes(word) && words.has(word)),
          request,
        ).toBe(true);
      }
    }
  });
});
