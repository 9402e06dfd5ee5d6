// VideoChat-Text (Li et al. 2023, arXiv:2305.06355): a film becomes time-stamped text by experts (here a detector and a captioner trained in this
// repository), and a language model that never looks answers from the text. It learns from logs by truth and is measured on logs by the experts.
// Must show: order of events well above the row without a log; how far the experts' errors reach stands beside it, as the score with logs by truth.
//
//   sensorium train recipes/videochat.ts --out runs/videochat [seed=1]

import { exactMatch } from '../src/evaluate/index.js';
import { open } from '../src/models.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { videos } from '../src/world/index.js';
import { Experts, filmLogs, trueLog } from './parts/film-log.js';
import { shareRight } from './parts/instruct.js';
import { finishZoo } from './parts/zoo.js';

const KINDS = ['order', 'before', 'color', 'count'];

export const finish = finishZoo('videochat', {
  system: 'VideoChat-Text',
  own: 'experts turn a film into time-stamped text, from which the language model answers',
  paper: 'Li et al. 2023, arXiv:2305.06355',
  published: 'InternVideo, Tag2Text, GRiT, Whisper and others to text; StableLM or GPT-4; no training of its own',
  rows: 60,
  async measure(model, { signal }, rows) {
    const source = videos({ split: 'test', seed: 77, items: rows, turns: 1, captions: 0, kinds: KINDS });
    const experts = await Experts.load(signal);
    const items: { question: string; answer: string; logs: Record<'experts' | 'truth' | 'nothing', string> }[] = [];
    for (let i = 0; items.length < rows && i < rows; i++) {
      const { item, turns, key } = source.get(i);
      const [question, answer] = turns.map(({ content }) => content) as [string, string];
      if (turns.length > 1)
        items.push({ question, answer, logs: { experts: await experts.log(item, signal), truth: trueLog(item, key), nothing: '' } });
    }
    await experts.dispose();
    const by = (name: string, log: 'experts' | 'truth' | 'nothing') =>
      shareRight(name, model, items, {
        messages: ({ logs, question }) => [{ role: 'user', content: `${logs[log]}\n${question}` }],
        right: (reply, { answer, question }) => exactMatch(reply, answer, question),
        signal,
      });
    return {
      score: await by('accuracy, logs by experts', 'experts'),
      blind: await by('accuracy, no log', 'nothing'),
      more: [await by('accuracy, logs by truth', 'truth')],
    };
  },
});

export default defineRecipe({
  name: 'videochat',
  model: open('models/world-llama'),
  stages: [
    stage.instruct({
      train: ['language'],
      data: filmLogs(videos({ items: 40_000, seed: 81, turns: 3, captions: 0, kinds: KINDS })),
      steps: 500,
      batch: 16,
      lr: 1e-3,
      betas: [0.9, 0.98],
      weightDecay: 0.02,
      minRatio: 0.05,
      maxLength: 256,
    }),
  ],
});
