// An app of the benchmark: a page of plain HTML and JavaScript, its state drawn from a seed, and tasks whose success is read off that state.

import { isDeepStrictEqual } from 'node:util';
import { Rng } from '../../../util/rng.js';
import { KIT } from './kit.js';

/** A step of the shortest way to do a task, by the names of elements. Names match by their beginning: a row also says details. */
export type PlanStep =
  | readonly ['tap', name: string]
  | readonly ['hold', name: string]
  | readonly ['type', field: string, text: string]
  | readonly ['back'];

/** A task over one state. */
export interface TaskOf<S> {
  /** What the agent is told. Texts that it must type stand in double quotes. */
  text: string;
  /** Changes a copy of the first state into the one that the task asks for: success is that the page's state equals it, so side effects fail. */
  goal(state: S): void;
  /** One way to do it. It proves that the task can be done and gives demonstrations; no agent that is measured is given it. */
  plan: readonly PlanStep[];
}

/** A kind of task: its name, and a task for a state. */
export interface TaskTemplate<S> {
  name: string;
  make(state: S, rng: Rng): TaskOf<S>;
}

/** An app. The page code runs in the browser over `kit.ts` and shows the views that it lists. */
export interface GuiApp<S = unknown> {
  name: string;
  title: string;
  /** Kept out of all training: measured apart. */
  heldOut?: boolean;
  /** The state to begin with. */
  init(rng: Rng): S;
  /** JavaScript of the page: ends with a call of `app({ home() { … }, … })`. */
  page: string;
  tasks: readonly TaskTemplate<S>[];
}

/** An app, with the type of its state found from `init`. */
export const defineApp = <S>(app: GuiApp<S>): GuiApp => app as unknown as GuiApp;

/** A task of the benchmark, ready to be given. */
export interface GuiTask {
  /** `shop/add-to-cart/3`. */
  id: string;
  app: GuiApp;
  template: string;
  seed: number;
  text: string;
  plan: readonly PlanStep[];
  /** The state that the app begins with. */
  state: unknown;
  /** Whether a state read off the page is the one that was asked for. */
  succeeded(state: unknown): boolean;
}

/** The task of a template at a seed; the same at every call. */
export function guiTask(app: GuiApp, template: TaskTemplate<unknown>, seed: number): GuiTask {
  const rng = new Rng(`${app.name}/${template.name}/${seed}`);
  const state = app.init(rng.fork('state'));
  const { text, goal, plan } = template.make(state, rng.fork('task'));
  const wanted = structuredClone(state);
  goal(wanted);
  return {
    id: `${app.name}/${template.name}/${seed}`,
    app,
    template: template.name,
    seed,
    text,
    plan,
    state,
    succeeded: (now) => isDeepStrictEqual(now, wanted),
  };
}

/** The page of an app with a state: one HTML document that loads nothing else. `extra`: HTML that stands before the app, as an attacker's would. */
export function appPage(app: GuiApp, state: unknown, extra = ''): string {
  const data = JSON.stringify(state).replace(/</g, '\\u003c');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${app.title}</title><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"></head><body>${extra}<main id="app"></main><script type="application/json" id="data">${data}</script>
<script>${KIT}\n${app.page}</script></body></html>`;
}

/** Some different items of a list, in random order. */
export const some = <T>(rng: Rng, list: readonly T[], n: number): T[] => rng.shuffle([...list]).slice(0, n);
