// The grammar policy: rules over the words of the task and the names on the screen. It knows nothing of any app.

import { stemmer } from 'stemmer';
import type { GuiAction } from './actions.js';
import { documentOf, type GuiDocuments } from './documents.js';
import { SECRET } from './episode.js';
import { type GuiDecision, type GuiPolicy, type GuiView, headingOf, quotedTexts } from './policy.js';
import type { ScreenElement } from './screen.js';

const IGNORED = new Set('a an the to of in on off for with and is it as by my at do this that'.split(' '));
/** What tasks say and what screens say for it. */
const SYNONYMS: Readonly<Record<string, string>> = {
  make: 'new', write: 'new', compose: 'new', create: 'new', buy: 'order', erase: 'delete', unit: 'units', direct: 'directions', get: 'directions',
}; // biome-ignore format: one list, read as a list
/** Names that end what was begun, once something was typed. */
const ENDS = /^(save|send|apply|create|add|ok|done|continue|confirm|submit|yes)\b/i;

/** Stems of the words of a text that mean something. */
export function stemsOf(text: string): string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}.'-]*/gu) ?? [])
    .filter((word) => !IGNORED.has(word))
    .map((word) => stemmer(word.replace(/[.']+$/, '')));
}

/** How well a name fits the words that are left: its share of words found among them, more for more words. */
function fitOf(name: string, wanted: ReadonlySet<string>): number {
  const stems = stemsOf(name.replace(/\$?\d+( \w+)?$/, ''));
  if (stems.length === 0) return 0;
  const found = stems.filter((stem) => wanted.has(stem) || [...wanted].some((word) => SYNONYMS[word] === stem)).length;
  return found === 0 ? 0 : found / stems.length + 0.2 * found;
}

/** How well what an element opens, by its document, fits the words that are left. */
const leads = (told: string, wanted: ReadonlySet<string>): number =>
  Math.max(0, ...(/^(?:opens|shows) (.*)$/.exec(told)?.[1] ?? '').split(/[,:] /).map((name) => fitOf(name, wanted)));

/** `documents`: what exploring has found out about elements; a tap that leads to what the task names is then worth taking. */
export function grammarPolicy({ documents }: { documents?: GuiDocuments } = {}): GuiPolicy {
  return {
    name: documents ? 'grammar with documents' : 'grammar',
    tier: 'grammar',
    decide: (view) => decide(view, documents),
  };
}

function decide(view: GuiView, documents: GuiDocuments | undefined): GuiDecision {
  const { task, screen, past } = view;
  const typed = new Set(past.flatMap(({ action }) => (action.action === 'text' ? [action.text] : [])));
  const texts = quotedTexts(task).filter((text) => !typed.has(text));
  const plain = task.replace(/"[^"]*"/g, ' ');
  const used = new Set(
    past.flatMap(({ action, name }) => (action.action === 'tap' || action.action === 'long_press' ? stemsOf(name) : [])),
  );
  const wanted = new Set(stemsOf(plain));
  const left = new Set([...wanted].filter((stem) => !used.has(stem)));
  const here = headingOf(screen);
  const before = (one: ScreenElement): boolean =>
    past.some(({ action, name, screen: on }) => action.action !== 'text' && name === one.name && on === here);

  const fields = screen.elements.filter(({ editable, name }) => editable && !SECRET.test(name));
  if (fields.length > 0 && texts.length > 0) return typing(fields, texts, task, past);

  const hold = /^hold\b/i.test(task) && !past.some(({ action }) => action.action === 'long_press');
  const scored = screen.elements
    .filter((one) => !one.editable && !before(one))
    .map((one) => {
      const told = documents && documentOf(documents, here, one);
      return { one, score: fitOf(one.name, left), leads: told ? leads(told, left) : 0 };
    })
    .sort((a, b) => b.score - a.score);
  let [best] = scored;
  // What is not here may be behind something that is.
  const door = scored.reduce<(typeof scored)[number] | undefined>((most, one) => (one.leads > (most?.leads ?? 0) ? one : most), undefined);
  if (door && door.leads >= 0.6 && (best?.score ?? 0) < 0.6) best = { ...door, score: door.leads };
  const state = /\bturn (on|off)\b/i.exec(task)?.[1];
  if (best && best.score >= 0.6 && !(best.one.value !== undefined && best.one.value === state)) {
    const action: GuiAction = { action: hold ? 'long_press' : 'tap', element: best.one.number };
    return { action, thought: `"${best.one.name}" fits the task (${best.score.toFixed(2)})` };
  }
  const last = past.at(-1);
  // What ends a form stands below its fields.
  const filled = last && screen.elements.find((one) => one.editable && one.name === last.name);
  const end = screen.elements.find((one) => ENDS.test(one.name) && !before(one) && one.box[1] > (filled?.box[1] ?? 1));
  if (end && typed.size > 0 && texts.length === 0 && last?.action.action === 'text')
    return { action: { action: 'tap', element: end.number }, thought: `"${end.name}" ends what was typed` };
  if (past.length === 0 && screen.scroll.down) return { action: { action: 'scroll', direction: 'down' }, thought: 'nothing here fits' };
  if (left.size > 0 && screen.scroll.down && last?.action.action !== 'text')
    return { action: { action: 'scroll', direction: 'down' }, thought: 'nothing here fits' };
  if (best && best.score > 0 && texts.length + left.size > 0)
    return { action: { action: 'tap', element: best.one.number }, thought: `"${best.one.name}" fits a little` };
  return { action: { action: 'done' }, thought: 'nothing is left to do' };
}

/** The field whose name stands nearest before the text in the task, else the first that is empty. */
function typing(fields: readonly ScreenElement[], texts: readonly string[], task: string, past: GuiView['past']): GuiDecision {
  const free = fields.filter(({ name }) => !past.some((one) => one.action.action === 'text' && one.name === name));
  const among = free.length > 0 ? free : fields;
  const [text] = texts as [string];
  const words = stemsOf(task.slice(0, task.indexOf(`"${text}"`)).replace(/"[^"]*"/g, ' ')).slice(-3);
  const near = among.find(({ name }) => stemsOf(name).some((stem) => words.includes(stem))) ?? among[0];
  const field = near as ScreenElement;
  return { action: { action: 'text', element: field.number, text }, thought: `"${text}" goes into "${field.name}"` };
}
