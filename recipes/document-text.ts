// The reader beside OCR: a language model that answers for fields of documents from their print in reading order, in English, without a picture and without rules.
// With PP-OCR before it, it is what the OCR-free models of documents (recipes/docowl.ts, recipes/textmonkey.ts) are compared with:
// node scripts/documents.mjs --text runs/document-text/model [--ocr-free runs/docowl/model].
// Must show: fields of held-out documents at ANLS 0.85 or more, from their print. It has not been measured yet.
//
//   sensorium train recipes/document-text.ts --out runs/document-text [seed=1]

import type { FinishContext } from '../src/cli/recipe-module.js';
import { open } from '../src/model/index.js';
import { defineRecipe, type OpenedState, saveTrained, stage } from '../src/train/index.js';
import { documentTexts } from './parts/document-text.js';

/** Saves the model; scripts/documents.mjs measures it. */
export async function finish({ result, dir, note }: FinishContext): Promise<void> {
  note(await saveTrained(result.state as OpenedState, dir));
}

export default defineRecipe({
  name: 'document-text',
  model: open('models/world-llama'),
  stages: [
    stage.instruct({
      name: 'fields',
      train: ['all'],
      data: documentTexts({ items: 100_000, seed: 73, fields: 2, turns: 4 }),
      steps: 2000,
      batch: 10,
      lr: 1.5e-3,
      minRatio: 0.03,
      betas: [0.9, 0.98],
      weightDecay: 0.02,
      maxLength: 160,
      blindEvery: 0,
    }),
  ],
});
