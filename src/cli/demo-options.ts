// Options of commands that may show demonstrations before a question, and what they mean to a model or responder.

import type { ArgsDef } from 'citty';
import type { PartialResponder } from '../evaluate/responder.js';
import type { DemoBank, DemoFilter, DemoOptions, DemoPrompter, IndexModel } from '../reason/demos/index.js';
import { DEMO_ORDERS, DEMO_SELECTORS, DEMO_TEMPLATES } from '../reason/demos/registries.js';
import { SensoriumError } from '../util/errors.js';
import { chatMessages, type LoadSpeaker, type Request, type Turn } from './conversation.js';
import { fetchModel } from './fetch-model.js';
import { numberOption } from './flags.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';

const names = (rows: readonly { name: string }[]): string => rows.map(({ name }) => name).join(', ');

/** Orders of a sweep, where nothing else is said, and at most. */
const SWEPT = 5;
const MOST_SWEPT = 100;

/** The options. */
export const demoArgs = {
  demos: {
    type: 'string',
    description: 'examples that are shown before the question: a data set, a folder of pictures with KEY.txt, or the index of one',
    valueHint: 'PATH',
  },
  shots: { type: 'string', description: 'with --demos: how many (default: 4)', valueHint: 'N' },
  selector: {
    type: 'string',
    description: `with --demos: ${names(DEMO_SELECTORS)} (default: rices); eval compares several, with commas between`,
    valueHint: 'NAME',
  },
  order: {
    type: 'string',
    description: `with --demos: ${names(DEMO_ORDERS)} (default: similar-last); eval: sweep or sweep:N, the mean over ${SWEPT} or N random orders`,
    valueHint: 'NAME',
  },
  'demo-template': { type: 'string', description: `with --demos: ${names(DEMO_TEMPLATES)} (default: chat)`, valueHint: 'NAME' },
  'demo-filter': {
    type: 'string',
    description: 'with --demos: leave out examples whose answer does not fit: clip, a least cosine, or ask (the model; eval)',
    valueHint: 'HOW',
  },
  'demo-clip': {
    type: 'string',
    description: 'with --demos: the CLIP that compares them (default: that of the index, models/world-clip)',
    valueHint: 'MODEL',
  },
} as const satisfies ArgsDef;

/** A CLIP by its folder, shipped name or id on the hub, with the hash of its files. */
export async function openIndexModel(name: string, signal?: AbortSignal): Promise<IndexModel & { dispose(): Promise<void> }> {
  const [{ ClipEmbedder }, { folderHash }] = await Promise.all([
    import('../serve/clip-embedder.js'),
    import('../evaluate/replies/identity.js'),
  ]);
  const dir = await fetchModel(name, { signal });
  const embedder = await ClipEmbedder.load(dir, { name });
  return { name, hash: await folderHash(dir), embedder, dispose: () => embedder.dispose() };
}

/** Demonstrations as the command line asks for them, not opened yet. */
export interface DemoChoice {
  path: string;
  shots: number;
  selector?: string;
  order?: string;
  template?: string;
  filter?: string;
  clip?: string;
  seed?: number;
  /** Of `eval`: selectors that are compared, `selector` first, and random orders that are swept. */
  selectors?: readonly string[];
  sweep?: number;
}

/** Reads the options; undefined where no demonstrations are asked for. Errors: usage, `demos.option` for names that there are not. */
export function readDemoArgs(args: Readonly<Record<string, unknown>>, { ask = false }: { ask?: boolean } = {}): DemoChoice | undefined {
  const text = (name: keyof typeof demoArgs | 'seed'): string | undefined => args[name] as string | undefined;
  const path = text('demos');
  if (path === undefined) {
    const given = Object.keys(demoArgs).find((name) => name !== 'demos' && args[name] !== undefined);
    if (given) throw usageError('this option is for demonstrations', { place: `--${given}`, hint: 'Name them with --demos' });
    return undefined;
  }
  const filter = text('demo-filter');
  if (filter !== undefined && filter !== 'clip' && !(ask && filter === 'ask')) numberOption('demo-filter', filter, { min: -1, max: 1 });
  const [, swept] = (ask && /^sweep(?::(.*))?$/.exec(text('order') ?? '')) || [];
  const sweeps = ask && /^sweep(:|$)/.test(text('order') ?? '');
  const selectors = ask
    ? text('selector')
        ?.split(',')
        .map((name) => name.trim())
    : undefined;
  if (selectors && new Set(selectors).size < selectors.length)
    throw usageError('a selector is named twice', { place: '--selector', got: text('selector') });
  const several = selectors && selectors.length > 1 ? { selectors } : {};
  return {
    path,
    ...several,
    ...(sweeps ? { sweep: numberOption('order', swept, { min: 2, max: MOST_SWEPT, integer: true }) ?? SWEPT } : {}),
    shots: numberOption('shots', text('shots'), { min: 0, max: 256, integer: true }) ?? 4,
    selector: selectors?.[0] ?? text('selector'),
    order: sweeps ? 'permutation:0' : text('order'),
    template: text('demo-template'),
    filter,
    clip: text('demo-clip'),
    seed: numberOption('seed', text('seed'), { integer: true }),
  };
}

/** Demonstrations that are open. */
export interface OpenDemos {
  bank: DemoBank;
  options: DemoOptions;
  dispose(): Promise<void>;
}

/** Opens demonstrations: an index as it is, other data are read and embedded where the selector compares them. `ask`: the filter of that name. */
export async function openDemos(
  { path, clip, filter, ...rest }: DemoChoice,
  { signal, ask }: { signal?: AbortSignal; ask?: () => DemoFilter } = {},
): Promise<OpenDemos> {
  const { clipFilter, demoSelector, DemoPrompter, findIndex, openBank, openIndex } = await import('../reason/demos/index.js');
  const { selectors = [], sweep: _, ...one } = rest;
  const selector = demoSelector(one.selector ?? 'rices');
  const compared = [selector, ...selectors.map(demoSelector)];
  const opened: { dispose(): Promise<void> }[] = [];
  const dispose = async (): Promise<void> => {
    for (const one of opened) await one.dispose();
  };
  try {
    let bank: DemoBank;
    if (await findIndex(path)) {
      const index = await openIndex(path, { model: (name) => openIndexModel(clip ?? name, signal), signal });
      opened.push(index);
      bank = index;
    } else {
      const compares = compared.some(({ needs }) => needs.length > 0) || (filter !== undefined && filter !== 'ask');
      const model = compares ? await openIndexModel(clip ?? 'world-clip', signal) : undefined;
      if (model) opened.push(model);
      const progress = createProgress();
      const onProgress = (done: number, total: number): void => progress.update({ label: 'examples', done, total });
      bank = await openBank(path, { embedder: model?.embedder, signal, onProgress }).finally(() => progress.end());
    }
    const least = filter === undefined || filter === 'clip' || filter === 'ask' ? undefined : Number(filter);
    const chosen = filter === undefined ? undefined : filter === 'ask' ? ask?.() : await clipFilter(bank, { least, signal });
    const options: DemoOptions = { ...one, bank, selector: selector.name, ...(chosen ? { filter: chosen } : {}) };
    for (const { name } of compared) new DemoPrompter({ ...options, selector: name }); // wrong names are errors before a model is loaded
    return { bank, options, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** A model that is shown demonstrations before the last question of each conversation. Errors: `demos.option` for an order that needs a responder. */
export function speakerWithDemos(
  load: LoadSpeaker,
  prompter: DemoPrompter,
  aboutLength: (error: unknown, shots: number) => unknown,
): LoadSpeaker {
  if (prompter.order.probes)
    throw new SensoriumError('demos.option', 'this order is found by asking the model about other examples', {
      place: '--order',
      expected: 'sensorium eval, or another order',
      got: prompter.order.name,
    });
  const { stops } = prompter.template;
  const written = async (messages: Turn[], signal?: AbortSignal): Promise<Turn[]> =>
    (await prompter.prompt(chatMessages(messages), signal)).messages as Turn[];
  return async (name, signal) => {
    const speaker = await load(name, signal);
    return {
      ...speaker,
      async *stream({ messages, ...rest }: Request) {
        try {
          yield* speaker.stream({ messages: await written(messages, rest.signal), ...rest, ...(stops ? { stop: stops } : {}) });
        } catch (error) {
          throw aboutLength(error, prompter.options.shots);
        }
      },
      ...(speaker.placesOf
        ? { placesOf: async (messages, reply) => (await speaker.placesOf?.(await written(messages), reply)) ?? { boxes: [] } }
        : {}),
      ...(speaker.draw
        ? { draw: async (messages, tokens, how) => (await speaker.draw?.(await written(messages, how.signal), tokens, how)) ?? [] }
        : {}),
    };
  };
}

/** Runs a command with a loader whose models are shown demonstrations, or with the loader as it is where none are asked for. */
export async function withDemoLoad<T>(
  choice: DemoChoice | undefined,
  load: LoadSpeaker,
  signal: AbortSignal | undefined,
  run: (load: LoadSpeaker) => Promise<T>,
): Promise<T> {
  if (!choice) return run(load);
  const { aboutLength, DemoPrompter } = await import('../reason/demos/index.js');
  const demos = await openDemos(choice, { signal });
  try {
    return await run(speakerWithDemos(load, new DemoPrompter(demos.options), aboutLength));
  } finally {
    await demos.dispose();
  }
}

/** A responder with demonstrations that one selector chooses and one order arranges. */
export interface ShownVariant {
  selector: string;
  order: string;
  responder: PartialResponder;
}

/** Demonstrations of a run: its responder, all that are compared (its own first), and what is said of them in results. */
export interface ShownDemos {
  responder: PartialResponder;
  variants: readonly ShownVariant[];
  about: Readonly<Record<string, unknown>>;
  dispose(): Promise<void>;
}

/** A responder that is shown demonstrations, each selector under each order of a sweep. Errors: those of `openDemos` and `withDemos`. */
export async function openShown(
  choice: DemoChoice,
  responder: PartialResponder,
  { calibrate = false, signal }: { calibrate?: boolean; signal?: AbortSignal } = {},
): Promise<ShownDemos> {
  const { askFilter, sweptOrders, withDemos } = await import('../reason/demos/index.js');
  const { bank, options, dispose } = await openDemos(choice, { signal, ask: () => askFilter(responder) });
  const { path, shots, selector = 'rices', order = 'similar-last', template = 'chat', seed = 0, selectors = [selector], sweep } = choice;
  const about = { path, rows: bank.usable.length, shots, selector, order, template, seed, calibrate, ...options.filter?.about };
  const orders = sweep === undefined ? [order] : sweptOrders(sweep);
  const variants = selectors.flatMap((name) =>
    orders.map((own) => ({
      selector: name,
      order: own,
      responder: withDemos(responder, { ...options, selector: name, order: own, calibrate }),
    })),
  );
  return { responder: (variants[0] as ShownVariant).responder, variants, about, dispose };
}
