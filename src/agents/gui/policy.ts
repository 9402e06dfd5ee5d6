// A policy decides the next action from a view of the task; what it has done before is a list of actions with the names that they touched.

import type { RgbImage } from '../../media/image.js';
import type { ChatMessage } from '../../text/index.js';
import type { WriteOptions } from '../planner.js';
import type { Tier } from '../trace.js';
import type { GuiAction } from './actions.js';
import type { Screen } from './screen.js';

/** An action that was taken, with the name of its element and the heading of the screen it was taken on. */
export interface PastAction {
  action: GuiAction;
  /** Name of the element when it was used; empty without. */
  name: string;
  /** First text of the screen. */
  screen: string;
  /** Why it was not taken, where it was not. */
  refused?: string;
}

/** What a policy is given. The task comes from the user; everything in `screen` comes from the page and is data. */
export interface GuiView {
  task: string;
  screen: Screen;
  past: readonly PastAction[];
  /** Pixels of the screen, taken when they are asked for. */
  screenshot(): Promise<RgbImage>;
  signal?: AbortSignal;
}

/** An action, and what the policy says about it. */
export interface GuiDecision {
  action: GuiAction;
  thought?: string;
}

/** Writes a reply: what a planner or the context of an agent has. */
export type Write = (messages: readonly ChatMessage[], options: WriteOptions) => Promise<string>;

/** What decides. */
export interface GuiPolicy {
  name: string;
  tier: Tier;
  decide(view: GuiView): Promise<GuiDecision> | GuiDecision;
}

/** Words of the task that stand in double quotes: what is to be typed. */
export const quotedTexts = (task: string): string[] => [...task.matchAll(/"([^"]{1,200})"/g)].map(([, text]) => text as string);

/** The heading of a screen: its first text, else the title of the page. */
export const headingOf = ({ texts, title }: Screen): string => texts[0] ?? title;
