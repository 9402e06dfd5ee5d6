// The claims of a reply for the pages of `sensorium eval`: judged by the exact truth of a scene, or unjudged where only the words are known.

import { Vocabulary } from '../evaluate/mentions.js';
import type { MarkedText } from '../evaluate/report/marks.js';
import type { BenchRecord } from '../evaluate/runner.js';
import type { Scenes } from '../evaluate/scenes.js';
import { isImagePart, mediaParts } from '../text/index.js';
import { extractClaims, spoken } from '../trust/claims.js';
import { cocoObjects, cocoOther } from '../trust/coco-objects.js';
import { judgeByTruth, worldTruth } from '../trust/truth.js';
import type { Scene } from '../world/scene.js';

/** Marks the claims of replies; undefined for a reply without claims. `scenes`: where the rows are of the scene world. */
export function claimMarks(scenes?: Scenes<Scene>): (record: BenchRecord) => MarkedText | undefined {
  const vocabulary = scenes?.source.vocabulary ?? new Vocabulary(cocoObjects, cocoOther);
  return ({ reply, messages }) => {
    const text = spoken(reply);
    const claims = extractClaims(text, vocabulary);
    if (claims.length === 0) return text === reply ? undefined : { text, marks: [] };
    const part = mediaParts(messages).find(isImagePart);
    const scene = part && scenes?.sceneOf(part.source);
    const truth = scene && worldTruth(scene);
    return {
      text,
      marks: claims.map((claim) => {
        const { start, end, type } = claim;
        if (!truth) return { start, end, type, verdict: 'unknown' };
        const { verdict, instead } = judgeByTruth(claim, truth);
        return { start, end, type, verdict, ...(instead === undefined ? {} : { instead }) };
      }),
    };
  };
}
