// A responder and a judge that are asked only what a store does not have yet.

import type { ChatMessage } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { Judge } from '../judge.js';
import type { PartialResponder, RankItem, SamplingOfReply } from '../responder.js';
import { type ContentNames, contentKey } from './content.js';
import type { ReplyStore } from './store.js';

/** Where replies are kept, and whose they are. */
export interface CacheOptions {
  store: ReplyStore;
  names: ContentNames;
  /** Everything about the model, the adapters and the decoding that replies depend on, hashed. */
  model: string;
}

/** A conversation that waits for its reply, and all places where it is wanted. */
interface Missing<T> {
  key: string;
  item: T;
  places: number[];
}

/** The items whose keys are not kept, each once. */
function missingOf<T>(items: readonly T[], keys: readonly string[], store: ReplyStore): Missing<T>[] {
  const found = new Map<string, Missing<T>>();
  for (const [i, key] of keys.entries()) {
    if (store.get(key)) continue;
    const one = found.get(key) ?? { key, item: items[i] as T, places: [] };
    one.places.push(i);
    found.set(key, one);
  }
  return [...found.values()];
}

/** Throws `evaluate.replies` for a wrong number: nobody knows whose they are. */
function checkCount(given: readonly unknown[], wanted: readonly unknown[], summary: string): void {
  if (given.length === wanted.length) return;
  throw new SensoriumError('evaluate.replies', summary, { expected: `${wanted.length} replies`, got: String(given.length) });
}

const replyIn = (store: ReplyStore, key: string): string | undefined => {
  const kept = store.get(key);
  return kept && 'reply' in kept ? kept.reply : undefined;
};
const rankIn = (store: ReplyStore, key: string): number | undefined => {
  const kept = store.get(key);
  return kept && 'rank' in kept ? kept.rank : undefined;
};

/** The keys under which the replies of a model are kept. */
export const replyKeys = ({ names, model }: Omit<CacheOptions, 'store'>) => ({
  reply: async (messages: readonly ChatMessage[], maxTokens: number, sampling?: SamplingOfReply): Promise<string> =>
    contentKey({ what: 'reply', model, messages: await names.conversation(messages), maxTokens, ...(sampling ? { sampling } : {}) }),
  rank: async ({ messages, choices }: RankItem) =>
    contentKey({ what: 'rank', model, messages: await names.conversation(messages), choices }),
});

/**
 * `responder` with its replies kept: each is in the store before the next is told, so that a run which is killed asks only what is missing
 * when it is started again. Places without a reply are asked again the next time.
 */
export function cachedResponder(responder: PartialResponder, options: CacheOptions): PartialResponder {
  const { store } = options;
  const keysOf = replyKeys(options);
  return {
    async replies(conversations, { onReply, onFailed, ...asked }) {
      const keys = await Promise.all(conversations.map((messages) => keysOf.reply(messages, asked.maxTokens, asked.sampling)));
      const missing = missingOf(conversations, keys, store);
      const waiting = new Set(missing.flatMap(({ places }) => places));
      for (const [place, key] of keys.entries())
        if (!waiting.has(place)) onReply?.({ place, reply: replyIn(store, key) as string, kept: true });
      const keep = ({ key, places }: Missing<unknown>, reply: string): void => {
        if (!waiting.has(places[0] as number)) return;
        store.put(key, { reply });
        for (const place of places) {
          waiting.delete(place);
          onReply?.({ place, reply });
        }
      };
      if (missing.length > 0) {
        const replies = await responder.replies(
          missing.map(({ item }) => item),
          {
            ...asked,
            onReply: (told) => {
              if (told) keep(missing[told.place] as Missing<unknown>, told.reply);
            },
            onFailed: (i, reason) => {
              for (const place of (missing[i] as Missing<unknown>).places) onFailed?.(place, reason);
            },
          },
        );
        checkCount(replies, missing, 'the responder did not reply to every conversation');
        for (const [i, reply] of replies.entries()) if (typeof reply === 'string') keep(missing[i] as Missing<unknown>, reply);
        await store.flush();
      }
      return keys.map((key) => replyIn(store, key));
    },
    ...(responder.rank ? { rank: cachedRank(responder.rank.bind(responder), options) } : {}),
  };
}

type Rank = NonNullable<PartialResponder['rank']>;

function cachedRank(rank: Rank, options: CacheOptions): Rank {
  const { store } = options;
  const keysOf = replyKeys(options);
  return async (items, asked) => {
    const keys = await Promise.all(items.map(keysOf.rank));
    const missing = missingOf(items, keys, store);
    const onRank = (i: number, best: number): void => store.put((missing[i] as Missing<unknown>).key, { rank: best });
    if (missing.length > 0) {
      const wanted = missing.map(({ item }) => item);
      const found = await rank(wanted, { ...asked, onRank });
      if (found.length === 0) return []; // it cannot rank
      checkCount(found, missing, 'the responder did not rank the choices of every conversation');
      for (const [i, best] of found.entries()) if (best !== undefined) onRank(i, best);
      await store.flush();
    }
    return keys.map((key) => rankIn(store, key));
  };
}

/** `judge` with its replies kept, those of each round by themselves. Empty ones, which mean that none came in time, are asked again. */
export function cachedJudge(judge: Judge, { store, model }: Pick<CacheOptions, 'store' | 'model'>): Judge {
  const yes = judge.yes?.bind(judge);
  return {
    name: judge.name,
    ...(judge.tasks ? { tasks: judge.tasks } : {}),
    ...(yes ? { yes: cachedYes(yes, { store, model }) } : {}),
    async replies(prompts, { onReply, ...asked } = {}) {
      const { round = 0 } = asked;
      const keys = prompts.map((prompt) => contentKey({ what: 'verdict', model, prompt, round }));
      const missing = missingOf(prompts, keys, store);
      const fresh = new Set(missing.flatMap(({ places }) => places));
      for (const [place, key] of keys.entries())
        if (!fresh.has(place)) onReply?.({ place, reply: replyIn(store, key) as string, kept: true });
      if (missing.length > 0) {
        const keep = (i: number, reply: string): void => {
          if (reply !== '') store.put((missing[i] as Missing<string>).key, { reply });
        };
        const replies = await judge.replies(
          missing.map(({ item }) => item),
          {
            ...asked,
            onReply: (told) => {
              if (told) keep(told.place, told.reply);
              onReply?.(told && { ...told, place: missing[told.place]?.places[0] as number });
            },
          },
        );
        checkCount(replies, missing, 'the judge did not reply to every prompt');
        for (const [i, reply] of replies.entries()) keep(i, reply);
        await store.flush();
      }
      return keys.map((key) => replyIn(store, key) ?? '');
    },
  };
}

/** Probabilities of yes, kept as the words of their numbers; of a prompt that had none, that it has none. */
function cachedYes(yes: NonNullable<Judge['yes']>, { store, model }: Pick<CacheOptions, 'store' | 'model'>): NonNullable<Judge['yes']> {
  return async (prompts, options) => {
    const keys = prompts.map((prompt) => contentKey({ what: 'yes', model, prompt, language: options.language }));
    const missing = missingOf(prompts, keys, store);
    if (missing.length > 0) {
      const wanted = missing.map(({ item }) => item);
      const found = await yes(wanted, options);
      if (found.length === 0) return []; // it gives none at all
      checkCount(found, missing, 'the judge did not give a probability for every prompt');
      for (const [i, p] of found.entries()) store.put((missing[i] as Missing<string>).key, { reply: p === undefined ? '' : String(p) });
      await store.flush();
    }
    return keys.map((key) => {
      const kept = replyIn(store, key);
      return kept ? Number(kept) : undefined;
    });
  };
}
