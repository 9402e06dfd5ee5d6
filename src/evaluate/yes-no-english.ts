// Reads English replies clause by clause: which clauses answer, which state that what is asked for is there, and what they deny.

import { type Clause, clauses, isContent, numbers, plainEnglish } from './english-clauses.js';
import { ASSENT, BE, DISSENT, FUNCTION, NO, PRONOUN, QUALIFIED, SCENES, SEE, THERE, tokens, YES } from './english-phrases.js';
import { isInstead, mistakenFor, seeming } from './english-seeming.js';
import type { Topic } from './question.js';
import type { Finding, Verdict } from './verdict.js';

/** Findings of every clause, in order. Without a topic a clause is taken to speak of whatever it names. */
export function readEnglish(text: string, topic?: Topic): Finding[] {
  const lower = plainEnglish(text);
  const word = lower.replace(/[^\p{L}]/gu, '');
  if (/^[yntf]$/.test(word)) return [{ kind: 'answer', verdict: /[yt]/.test(word) ? 'yes' : 'no', sentence: 0, bare: true }];
  let before = '';
  let echoed = false;
  return (lower.match(/[^.!?;\n…]+[.!?;\n…]*/g) ?? []).flatMap((sentence, number) => {
    // A question is echoed, not answered.
    if (sentence.includes('?')) {
      // "Boats? Several."
      const words = tokens(sentence.replace(/\?.*/s, ''));
      echoed = topic !== undefined && words.length <= 4 && find(words, topic.names) !== undefined;
      return [];
    }
    const label = echoed ? topic?.names[0]?.join(' ') : undefined;
    echoed = false;
    return clauses(sentence.replace(/[.!;\n…]+$/, '')).flatMap((clause, i) => {
      const found = readClause(label !== undefined && i === 0 && !clause.label ? { ...clause, label } : clause, topic, before);
      before = clause.text;
      return found.map((f): Finding => ({ ...f, sentence: number, contrast: f.contrast ?? clause.contrast }));
    });
  });
}

type Reading = Omit<Finding, 'sentence'>;

function readClause(clause: Clause, topic: Topic | undefined, before = ''): Reading[] {
  let words = [...tokens(clause.text)];
  // "Correction: there is none."
  const announced = tokens(before).join(' ') === '@fix';
  const correction = announced || words[0] === '@fix' || words[1] === '@fix';
  const conclusion = words[0] === '@so';
  words = words.filter((w) => w !== '@fix' && w !== '@so');
  while (words[0] !== undefined && /^(?:well|oh|um+|uh|hm+|ah|and|or|ok|okay|sorry|please)$/.test(words[0]) && words.length > 1)
    words.shift();
  const seems = seeming.test(clause.text);
  const flags = { ...(correction ? { correction } : {}), ...(conclusion ? { conclusion } : {}), ...(seems ? { seems } : {}) };
  const out = (...readings: Reading[]): Reading[] => readings.map((r) => ({ ...r, ...flags }));
  const [first, second] = words;
  if (first === undefined) return [];

  const leadsYes = YES.has(first);
  const leadsNo =
    (NO.has(first) && first !== 'no' && first !== 'negative') ||
    (first === 'no' && (second === undefined || PRONOUN.has(second) || /^(?:the|an?|not|@\w+|my)$/.test(second)) && second !== 'one');
  const side = topic?.side && leftOrRight(clause.text, topic.side);
  if (side && !leadsYes && !leadsNo) return out({ kind: 'claim', verdict: side, named: true });
  const named = topic && (find(words, topic.names) ?? find(words, topic.denied));
  const content = words.filter((w, i) => isContent(w) && !(named && i >= named.start && i <= named.end));
  if (words.includes('@doubt') && !leadsYes && !leadsNo)
    // Doubt about something else ("I can't tell the breed") is not doubt about the answer.
    return (topic && !named && content.length > 0 && clause.contrast) || (clause.granted && !named)
      ? []
      : out({ kind: 'hedge', verdict: 'unknown' });
  const says = {
    yes: words.some((w) => YES.has(w)),
    no:
      words.some((w, i) => (w === 'no' ? words[i + 1] === undefined || /^(?:and|or|yes|nor)$/.test(words[i + 1] as string) : NO.has(w))) ||
      leadsNo,
  };
  const elsewhere = clause.label !== undefined && topic !== undefined && isOther(clause.label, topic);
  if (says.yes && says.no && content.length === 0 && !named) return out({ kind: 'answer', verdict: 'unknown', bare: true });
  if (!named && content.length === 0 && (says.yes || says.no)) {
    const denied =
      words
        .slice(
          0,
          words.findIndex((w) => YES.has(w) || NO.has(w)),
        )
        .filter((w) => w === 'not' || w === '@not').length %
        2 ===
      1;
    return elsewhere ? [] : out({ kind: 'answer', verdict: says.yes !== denied ? 'yes' : 'no', bare: true });
  }
  if (leadsYes || leadsNo) {
    if (elsewhere) return [];
    const rest = leadsYes ? claim(words.slice(1), topic, clause.contrast) : undefined;
    return out({ kind: 'answer', verdict: leadsYes ? 'yes' : 'no' }, ...(rest?.named ? [rest] : []));
  }
  // A lone number answers another question, unless it follows the name of the thing ("Dogs: 2").
  if (words.length === 1 && clause.label === undefined && (numbers.test(first) || first === 'one')) return [];
  const found = elsewhere ? undefined : claim(words, topic, clause.contrast);
  if (found) return out(found);
  if (!named && isInstead(words, clause.contrast || correction)) return out({ kind: 'aside', verdict: 'no', instead: true });
  if (content.length === 0 && !named) {
    const denied = words.filter((w) => w === 'not' || w === '@not').length % 2 === 1;
    if (words.some((w) => ASSENT.has(w))) return out({ kind: 'weak', verdict: denied ? 'no' : 'yes' });
    if (words.some((w) => DISSENT.has(w))) return out({ kind: 'weak', verdict: denied ? 'yes' : 'no' });
  }
  return [];
}

/** "He is on her right", "the girl is left of the boy": what a clause says of a question for left or right. */
function leftOrRight(text: string, { side, subject, other }: NonNullable<Topic['side']>): Verdict | undefined {
  const m =
    /^(.*?)\b(?:is|are|stands?|sits?) (not )?(?:\w+ing )?(?:(?:to|on|at) (?:the|his|her|its|their) )?(left|right)\b(?: side)?(?: of (.*))?$/.exec(
      text,
    );
  if (!m) return undefined;
  const [, before = '', denied, said, after = ''] = m;
  const has = (part: string, noun: string): boolean => new RegExp(`\\b${noun}\\b`).test(part);
  const turned = has(before, other) && !has(before, subject);
  if (!turned && !has(before, subject) && !/\b(?:it|he|she|they)\s*$/.test(before)) return undefined;
  if (after && !has(after, turned ? subject : other) && !/\b(?:it|him|her|them)\b/.test(after)) return undefined;
  return ((said === side) !== turned) !== Boolean(denied) ? 'yes' : 'no';
}

/** True for the label of another thing: "cats" in "Cats: no. Dogs: yes." */
function isOther(label: string, topic: Topic): boolean {
  const words = tokens(label);
  return (
    words.length <= 4 &&
    words.some(isContent) &&
    !find(words, topic.names) &&
    !/\b(?:question|verdict|result|conclusion|number|count|total|q|a)\b/.test(label)
  );
}

interface Span {
  start: number;
  end: number;
}

/** The first place that names the topic itself, not a thing that it qualifies (a dog bed). */
function find(words: readonly string[], names: Topic['names']): Span | undefined {
  let best: Span | undefined;
  for (const name of names)
    for (let i = 0; i + name.length <= words.length; i++) {
      if (best && i >= best.start) break;
      // "wearing a hat" names "wearing hat".
      let end = i;
      for (const word of name) {
        while (end > i && words[end] !== word && /^(?:an?|the|any|some|his|her|its)$/.test(words[end] ?? '')) end++;
        if (words[end] !== word) {
          end = -1;
          break;
        }
        end++;
      }
      if (end < 0) continue;
      const next = words[end];
      if ((next !== undefined && QUALIFIED.has(next)) || (words[i - 1] === 'hot' && name[0]?.startsWith('dog'))) continue;
      best = { start: i, end: end - 1 };
    }
  return best;
}

const away = new Set('on near beside behind under with next around above below'.split(' '));

/** True when the negations before `at` deny what stands there. */
function deniedBefore(words: readonly string[], at: number): boolean {
  let verb = false;
  let noun = false;
  for (let i = 0; i < at; i++) {
    const w = words[i] as string;
    if (w === 'not') verb = !verb;
    // "Except for the dog, …" speaks of a dog.
    else if (w === '@not') verb = i === 0 && words[1] === 'the' ? verb : !verb;
    else if (/^(?:no|@none|none|nothing|nor)$/.test(w)) noun = true;
    else if (w === 'and' && /^(?:an?|the|one|two)$/.test(words[i + 1] ?? '')) noun = false;
    else if (noun && away.has(w) && words[at - 1] === 'the') noun = false;
  }
  return verb !== noun;
}

const light = new Set('be been at all in the this that any to really clearly visibly currently actually ever even part of is'.split(' '));

/** True when the predicate after `at` denies that its subject is there; "is not on the left" does not. */
function deniedAfter(words: readonly string[], at: number): boolean {
  const rest = words.slice(at + 1);
  let denied = rest.at(-1) === '@none' || rest.at(-1) === 'zero';
  const not = rest.findIndex((w) => w === 'not' || w === '@not');
  // "The statement that there is a dog is false".
  if (DISSENT.has(rest.at(-1) ?? '') && words.slice(0, at).includes('that')) return !rest.includes('not');
  const gone = rest.includes('@gone');
  if (gone) return not < 0 || not > rest.indexOf('@gone');
  if (not >= 0) {
    const next = rest.slice(not + 1).find((w) => !light.has(w));
    if (next === undefined ? rest[not] === 'not' || rest.length > not + 1 : THERE.has(next) || (next === 'one' && rest.includes('of')))
      denied = !denied;
  }
  return denied;
}

function claim(words: readonly string[], topic: Topic | undefined, contrast: boolean): Reading | undefined {
  const state = (verdict: boolean, named = false): Reading => ({ kind: 'claim', verdict: verdict ? 'yes' : 'no', named });
  const spoken = (span: Span): boolean => deniedBefore(words, span.start) === deniedAfter(words, span.end);
  const ask = words.indexOf('@ask');
  let named = topic && find(words, topic.names);
  // "What looks like a dog is not a dog".
  const again =
    topic && named && /^(?:like|as)$/.test(words[named.start - 2] ?? '') ? find(words.slice(named.end + 1), topic.names) : undefined;
  const fact = mistakenFor(words);
  if (fact !== undefined && named && !again && !topic?.names.some((name) => ` ${fact} `.includes(` ${name.join(' ')} `)))
    return state(false, true);
  if (named && again) named = { start: again.start + named.end + 1, end: again.end + named.end + 1 };
  if (topic && named) {
    const positive = spoken(named);
    if (ask >= 0 && ask < named.start) return undefined;
    if (!positive && words[named.start - 1] === 'other') return undefined;
    if (words.slice(Math.max(0, named.start - 3), named.start).includes('than') && positive) return undefined;
    return state(positive, true);
  }
  const wider = topic && find(words, topic.denied);
  if (wider && !spoken(wider) && !(ask >= 0 && ask < wider.start))
    // "Two cats and no other animals": what was not named is not there.
    return words.slice(0, wider.start).includes('other') ? { kind: 'weak', verdict: 'no' } : state(false, true);
  if (ask >= 0) return undefined;
  const empty = words.findIndex((w) => DESERTED.has(w));
  if (empty >= 0 && words[empty - 1] !== 'not' && topic?.names.some(([name]) => name === 'person')) return state(false);
  // "The water is empty except for ducks".
  if (topic?.exists && words.includes('empty') && words[words.indexOf('empty') + 1] === '@not' && !words.includes('not'))
    return { kind: 'weak', verdict: 'no' };
  if (topic?.exists === false && otherProperty(words, topic)) return state(false, true);
  if (words.includes('nobody')) return !topic || topic.names.some(([name]) => name === 'person') ? state(false) : undefined;
  if (topic?.exists !== false) {
    if (words.includes('none')) return state(false);
    // "A cushion shaped like one" speaks of a cushion.
    const one = words.findIndex(
      (w, i) =>
        (/^ones?$/.test(w) ? words[i + 1] !== 'of' && !/^(?:like|as)$/.test(words[i - 1] ?? '') : numbers.test(w)) && standsAlone(words, i),
    );
    if (one >= 0) return state(spoken({ start: one, end: one }));
  }
  if (words.every((w) => !isContent(w))) return impersonal(words);
  if (!topic) return anything(words, contrast);
  const only = words.findIndex((w) => /^(?:only|just|solely|merely|exclusively)$/.test(w));
  const limited = only >= 0 && (words.slice(only).some(isContent) || (only === words.length - 1 && words.some(isContent)));
  if (limited && topic.exists && !/^(?:i|we) am\b/.test(words.join(' '))) return { kind: 'weak', verdict: 'no' };
  return undefined;
}

const DESERTED = new Set('deserted unoccupied uninhabited unpopulated depopulated vacant'.split(' '));
/** Properties of which a thing has one. */
const EXCLUSIVE = [
  'red orange yellow green blue purple violet pink gray grey black white brown silver gold golden beige tan',
  'open closed shut folded',
  'empty full',
  'wet dry',
  'sitting standing lying',
  'awake asleep sleeping',
  'indoors outdoors',
  'wooden metal plastic',
].map((row) => new Set(row.split(' ')));

/** "The car is blue" where it was asked whether the car is red: the same thing, with another of the properties that exclude each other. */
function otherProperty(words: readonly string[], { names, subject }: Topic): boolean {
  const [asked, ...rest] = names[0] ?? [];
  const group = asked !== undefined && rest.length === 0 ? EXCLUSIVE.find((row) => row.has(asked)) : undefined;
  if (!group || words.includes('not') || words.includes('no')) return false;
  const said = words.filter((w) => group.has(w));
  const about = words.some((w) => w === subject || /^(?:it|they|he|she|its)$/.test(w));
  return said.length > 0 && !said.includes(asked as string) && about && words.some((w) => BE.has(w));
}

const standsAlone = (words: readonly string[], i: number): boolean => {
  const next = words[i + 1];
  if (SEE.has(next ?? '')) return false;
  return (
    (next === undefined ||
      (FUNCTION.has(next) && (next !== 'of' || /^(?:them|these|those)$/.test(words[i + 2] ?? ''))) ||
      away.has(next) ||
      next === '@gone') &&
    !/^(?:the|this|that|which|each)$/.test(words[i - 1] ?? '')
  );
};

/** A clause that names nothing: "there is one", "it does not", "not in this image", "I can see it". */
function impersonal(words: readonly string[]): Reading | undefined {
  const verdict = (yes: boolean): Reading => ({ kind: 'claim', verdict: yes ? 'yes' : 'no' });
  const text = words.join(' ');
  const gone = words.includes('@gone');
  if (words.some((w) => /^(?:no|not|@not|@none|nothing|zero)$/.test(w)) || gone) {
    if (words.includes('@dissent')) return undefined;
    return verdict(deniedBefore(words, words.length) === gone);
  }
  const last = words.at(-1) as string;
  if (words.length > 1 && BE.has(last) && PRONOUN.has(words.at(-2) as string)) return verdict(true);
  if (
    !words.includes('would') &&
    words.some((w, i) => SEE.has(w) && /^(?:it|them|that|one|this|some|several|many)$/.test(words[i + 1] ?? ''))
  )
    return verdict(true);
  const there = words.some(
    (w, i) => i > 0 && THERE.has(w) && (i === words.length - 1 || w !== 'there') && !/^(?:an?|of|the|this)$/.test(words[i - 1] as string),
  );
  if (there && !/^(?:i|we|you) see$/.test(text) && words.some((w) => BE.has(w))) return verdict(true);
  if (
    /\b(?:is|are) in (?:the|this)\b/.test(text) ||
    (THERE.has(words[0] as string) &&
      words[0] !== 'there' &&
      words.length === 1 &&
      /^(?:visible|present|exists?|found|seen|detected|included)$/.test(words[0] as string))
  )
    return verdict(true);
  return undefined;
}

/** A clause about an object when the question is not known: its first noun after a verb of being there, of seeing or of denial. */
function anything(words: readonly string[], contrast: boolean): Reading | undefined {
  const nounAfter = (from: number): number => words.findIndex((w, i) => i > from && isContent(w));
  const state = (at: number, verdict?: Verdict): Reading | undefined => {
    const yes = deniedBefore(words, at) === deniedAfter(words, at);
    return verdict === undefined || (yes ? 'yes' : 'no') === verdict
      ? { kind: 'claim', verdict: yes ? 'yes' : 'no', named: true }
      : undefined;
  };
  if (mistakenFor(words) !== undefined) return { kind: 'claim', verdict: 'no', named: true };
  const being = words.findIndex(
    (w, i) =>
      w === 'there' &&
      (BE.has(words[i + 1] ?? '') ||
        /^(?:exist|appear|seem|stand|lie|sit|remain)s?$/.test(words[i + 1] ?? '') ||
        (ASSENT.has(words[i + 1] ?? '') && BE.has(words[i + 2] ?? ''))),
  );
  const seeing = words.findIndex((w) => SEE.has(w));
  // "but there is no one sitting on it", "but it has no hands".
  if (contrast && /^(?:it|they|he|she) (?:has|have|had) (?:no|not|@none) /.test(words.join(' '))) return undefined;
  if (
    contrast &&
    /^(?:it|them|him|her)$/.test(words.at(-1) as string) &&
    /^(?:on|in|near|beside|around|with|under|by)$/.test(words.at(-2) ?? '')
  )
    return undefined;
  const unmissed = words.indexOf('@seen');
  const trigger = being >= 0 ? being : seeing >= 0 ? seeing : unmissed >= 0 && nounAfter(-1) > unmissed ? unmissed : -1;
  // A property that is denied of what was named before: "they are not in focus".
  if (
    /^(?:it|they|he|she|this|these) (?:is|are) not (?:in|on|at|very|so|too|fully|completely|entirely|clearly|well) /.test(words.join(' '))
  )
    return undefined;
  const only = words.findIndex((w) => /^(?:only|just|solely|merely)$/.test(w));
  if (
    only >= 0 &&
    nounAfter(only) >= 0 &&
    !/^(?:one|@none|no|not|\d+|two|three|four|five)$/.test(words[only + 1] ?? '') &&
    !words.some((w) => /^(?:no|not|@not|@none)$/.test(w))
  )
    return undefined;
  if (trigger >= 0 && nounAfter(trigger) >= 0) {
    const at = nounAfter(trigger);
    const rest = words.slice(at);
    const end = rest.findIndex((w, i) => i > 0 && (FUNCTION.has(w) || w.endsWith('ing')));
    const noun = end < 0 ? rest : rest.slice(0, end);
    const list = words[trigger]?.startsWith('see') && rest.some((w, i) => w === 'and' && rest.slice(i).some(isContent));
    const described = being < 0 && (SCENES.has(noun.at(-1) as string) || list);
    // "a cat and no dog": what is denied was asked for.
    const but = words.findIndex(
      (w, i) => i > at && w === 'and' && (/^(?:no|@none|not)$/.test(words[i + 1] ?? '') || words[i + 2] === 'not'),
    );
    if (but >= 0 && nounAfter(but) >= 0) return { kind: 'claim', verdict: 'no', named: true };
    return state(at, described ? 'no' : undefined);
  }
  const subject = nounAfter(-1);
  const negative = words.findIndex(
    (w, i) =>
      (i < subject || !/^(?:with|has)$/.test(words[i - 1] ?? '') || /^(?:sight|visible|present|anywhere)$/.test(words.at(-1) as string)) &&
      /^(?:no|not|@not|@none|nothing|nor)$/.test(w),
  );
  if (deniedAfter(words, subject)) return state(subject);
  if (negative >= 0 && nounAfter(negative) >= 0)
    return state(nounAfter(negative), negative < subject || words[negative] !== 'not' ? undefined : 'no');
  if (
    words.some((w, i) => i > subject && /^(?:@seen|visible|present|seen|found|shown|depicted|pictured|there|here)$/.test(w)) &&
    (words.includes('@seen') ||
      words.some((w) => BE.has(w)) ||
      (words.length <= 4 && /^(?:visible|present|seen|found|detected)$/.test(words.at(-1) as string)))
  )
    return state(subject);
  if (
    / (?:is|are|was|were) (?:clearly |also )?(?:\w+ing )?(?:in|on|at|behind|under|near|next|beside) /.test(words.join(' ')) &&
    words[0] !== 'it' &&
    words[0] !== 'this'
  )
    return state(subject, 'yes');
  return undefined;
}
