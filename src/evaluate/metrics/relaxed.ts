// Relaxed accuracy of ChartQA (Masry et al. 2022): a number within five percent of the true one, any other answer exactly.

import { parseNumber, wholeNumber } from '../numbers.js';
import { exactMatch } from './vqa.js';

const TOLERANCE = 0.05;
const near = (given: number, truth: number): boolean =>
  truth === 0 ? given === 0 : Math.abs(given - truth) <= TOLERANCE * Math.abs(truth);

/**
 * Whether a reply gives the true answer: a number by the one number that the reply commits to, with or without a percent sign; any other
 * answer after normalization. Years are numbers here too, as in the published rule.
 */
export function relaxedAccuracy(reply: string, truth: string): boolean {
  if (exactMatch(reply, truth)) return true;
  const number = wholeNumber(truth);
  if (!number) return false;
  const given = wholeNumber(reply)?.value ?? parseNumber(reply);
  return given !== undefined && near(given, number.value);
}

/** A text that is a number and nothing else; a percentage as a share. */
function numeric(text: string): number | undefined {
  const percent = text.endsWith('%');
  const bare = percent ? text.replace(/%+$/, '') : text;
  if (!/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(bare)) return undefined;
  return Number(bare) / (percent ? 100 : 1);
}

/** The published rule: both texts are numbers and nothing else and the true one is not zero, or they are equal but for case. */
export function relaxedOfficial(reply: string, truth: string): boolean {
  const [given, wanted] = [numeric(reply), numeric(truth)];
  if (given !== undefined && wanted) return near(given, wanted);
  return reply.toLowerCase() === truth.toLowerCase();
}
