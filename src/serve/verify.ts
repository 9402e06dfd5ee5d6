// Checks the claims of a reply about the images of its request: by questions to the same model, or by how sure the model was of its words.

import { plurals, Vocabulary } from '../evaluate/mentions.js';
import type { Responder } from '../evaluate/responder.js';
import { worldVocabulary } from '../evaluate/world-source.js';
import { openImage, type RgbImage } from '../media/index.js';
import type { ChatMessage, ContentPart } from '../text/index.js';
import { type Naming, namingOf } from '../trust/claim-question.js';
import { extractClaims, spoken } from '../trust/claims.js';
import { cocoObjects, cocoOther } from '../trust/coco-objects.js';
import { claimLogProbs, type TokenLogProb } from '../trust/flags.js';
import type { Verdict } from '../trust/truth.js';
import { woodpecker } from '../trust/woodpecker.js';
import type { CheckedClaim, Logprobs, Verification } from './chat-reply-schema.js';
import type { Engine, EngineRequest } from './engine.js';
import { badRequest, toApiError } from './errors.js';
import { Turns } from './turns.js';

/** How claims are checked. */
export type VerifyMode = 'woodpecker' | 'flags';

/** A reply, and what it is about. */
export interface VerifyTask {
  mode: VerifyMode;
  text: string;
  logprobs: Logprobs['content'];
  /** The images that claims are about; see `imagesToCheck`. */
  images: readonly Uint8Array[];
  /** What the questions have in common with the request: adapter, owner, salt of caches. */
  asking: Pick<EngineRequest, 'adapter' | 'owner' | 'cacheSalt'>;
  signal: AbortSignal;
  /** Called with the tokens of each question and its answer. */
  onTokens?: (prompt: number, completion: number) => void;
}

/** Characters of a reply that are checked, up to the end of a sentence. */
const MOST_TEXT = 4000;
/** Questions about one reply, those at the same time, and tokens of an answer. */
const MOST_QUESTIONS = 32;
const TOGETHER = 4;
const ANSWER_TOKENS = 24;

/** Replies that are checked at the same time: each holds the pixels of its images meanwhile. */
const turns = new Turns(2);

/** The images that a reply is about: those of the last message that has any. Throws `ApiError` 400 where there is none to ask about. */
export function imagesToCheck(messages: readonly ChatMessage[], mode: VerifyMode, engine: Engine): Uint8Array[] {
  const imagesOf = ({ content }: ChatMessage): Uint8Array[] =>
    Array.isArray(content)
      ? (content as ContentPart[]).flatMap((part) => (part.type === 'image' && part.source instanceof Uint8Array ? [part.source] : []))
      : [];
  const found = messages.map(imagesOf).findLast((images) => images.length > 0) ?? [];
  if (mode === 'woodpecker' && (found.length === 0 || !engine.abilities.images))
    throw badRequest('There is no image that claims could be checked against', 'sensorium.verify', {
      code: 'invalid_value',
      expected: "a message with an image, or verify: 'flags'",
    });
  return found;
}

/** The claims of a reply with verdicts and scores. What goes wrong with the questions is told in the result: the reply stands anyway. */
export async function verifyReply(engine: Engine, task: VerifyTask): Promise<Verification> {
  const { mode, text, signal } = task;
  const said = spoken(text);
  const checked = beginning(said);
  const naming = namingOf(vocabulary(), /\p{Script=Han}/u.test(checked) ? 'zh' : 'en');
  const claims = extractClaims(checked, naming.vocabulary);
  let verdicts: readonly Verdict[] = claims.map((claim) => ({ claim, verdict: 'unknown' }));
  const result: Verification = { claims: [], corrected: null, questions: 0 };
  if (mode === 'woodpecker' && claims.length > 0) {
    try {
      const found = await ask(engine, checked, naming, task);
      verdicts = found.verdicts;
      result.corrected = found.text + said.slice(checked.length);
      result.questions = found.asked;
    } catch (error) {
      if (signal.aborted) throw error;
      const { message, apiCode } = toApiError(error);
      result.error = { code: apiCode, message };
    }
  } else if (mode === 'woodpecker') result.corrected = said;
  const shift = text.lastIndexOf(said); // thoughts stand before it, and are not read
  const tokens = tokensOf(task.logprobs, text);
  const places = claims.map((claim) => ({ ...claim, start: claim.start + shift, end: claim.end + shift }));
  const scores = tokens && shift >= 0 ? claimLogProbs(places, tokens) : [];
  result.claims = verdicts.map(({ claim, verdict, instead }, i): CheckedClaim => {
    const { start, end } = places[i] as (typeof places)[number];
    const own = { text: claim.text, start: shift < 0 ? null : start, end: shift < 0 ? null : end, type: claim.type };
    return { ...own, verdict, score: scores[i] ?? null, ...(instead === undefined || verdict !== 'false' ? {} : { instead }) };
  });
  return result;
}

/** Woodpecker with the model itself as the one that answers. */
async function ask(engine: Engine, text: string, naming: Naming, { images, asking, signal, onTokens }: VerifyTask) {
  const leave = await turns.take(signal, asking.owner);
  try {
    const pictures: RgbImage[] = [];
    // Of a size that the engine has taken already.
    for (const image of images) pictures.push(await openImage(image, { maxPixels: Number.POSITIVE_INFINITY }, signal));
    const seen = pictures.map((source): ContentPart => ({ type: 'image', source }));
    const answer = async (question: string): Promise<string> => {
      const messages: ChatMessage[] = [{ role: 'user', content: [...seen, { type: 'text', text: question }] }];
      const reply = await engine.submit({ ...asking, messages, temperature: 0, maxTokens: ANSWER_TOKENS, signal });
      let said = '';
      let tokens = 0;
      try {
        for await (const event of reply) {
          said += event.text;
          if (event.token) tokens++;
        }
      } finally {
        onTokens?.(reply.promptTokens, tokens);
      }
      return said;
    };
    const vqa: Responder = {
      replies: async (conversations) => {
        const answers = new Array<string>(conversations.length).fill(''); // what is not asked is not known
        const left = [...conversations.keys()].slice(0, MOST_QUESTIONS).reverse();
        const work = async (): Promise<void> => {
          for (let i = left.pop(); i !== undefined; i = left.pop()) answers[i] = await answer(questionOf(conversations[i]));
        };
        await Promise.all(Array.from({ length: Math.min(TOGETHER, left.length) }, work));
        return answers;
      },
    };
    return await woodpecker(text, { image: { type: 'image', source: pictures[0] as RgbImage } }, { naming, vqa, signal });
  } finally {
    leave();
  }
}

/** The text of a question about a claim. */
function questionOf(messages: readonly ChatMessage[] | undefined): string {
  const { content } = messages?.at(-1) ?? {};
  return (Array.isArray(content) ? (content as ContentPart[]) : []).flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');
}

function beginning(text: string): string {
  if (text.length <= MOST_TEXT) return text;
  const part = text.slice(0, MOST_TEXT);
  const stop = /^[\s\S]*[.!?。！？\n]/.exec(part);
  return stop ? stop[0] : part;
}

/** The tokens of a reply with their texts, which are its own; undefined where they say something else, as calls of tools do. */
function tokensOf(logprobs: Logprobs['content'], text: string): TokenLogProb[] | undefined {
  const decoder = new TextDecoder();
  const tokens: TokenLogProb[] = [];
  let least = 0; // of tokens whose character is not whole yet
  for (const { bytes, logprob } of logprobs) {
    const own = decoder.decode(Uint8Array.from(bytes ?? []), { stream: true });
    least = Math.min(least, logprob);
    if (own === '') continue;
    tokens.push({ text: own, logProb: least });
    least = 0;
  }
  const before = tokens
    .map((token) => token.text)
    .join('')
    .indexOf(text); // a space that is not shown, where there is one
  return before < 0 ? undefined : [{ text: '', logProb: 0 }, ...shifted(tokens, before)];
}

/** Tokens without the first so many characters. */
function shifted(tokens: readonly TokenLogProb[], characters: number): TokenLogProb[] {
  let left = characters;
  return tokens.map(({ text, logProb }) => {
    const cut = Math.min(left, text.length);
    left -= cut;
    return { text: text.slice(cut), logProb };
  });
}

let known: Vocabulary | undefined;

/** The objects of COCO by all their names, and those of the world that are not among them. */
function vocabulary(): Vocabulary {
  if (known) return known;
  const world = worldVocabulary();
  const [en, zh] = [world.firstNames('en'), world.firstNames('zh')];
  const taken = new Set(cocoObjects.flatMap((one) => [...(one.en ?? []).flatMap((name) => [name, ...plurals(name)]), ...(one.zh ?? [])]));
  const more = world.ids
    .filter((id) => !taken.has(id))
    .map((id) => ({ id, en: free([en.get(id)], taken), zh: free([zh.get(id)], taken) }))
    .filter((one) => one.en.length + one.zh.length > 0);
  const own = new Set(more.flatMap((one) => [...one.en.flatMap((name) => [name, ...plurals(name)]), ...one.zh]));
  known = new Vocabulary(
    [...cocoObjects, ...more],
    cocoOther.filter((phrase) => !own.has(phrase)),
  );
  return known;
}

const free = (names: readonly (string | undefined)[], taken: ReadonlySet<string>): string[] =>
  names.flatMap((name) => (name === undefined || taken.has(name) ? [] : [name]));
