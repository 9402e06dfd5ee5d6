// A page of chains: the pictures with the boxes of the evidence, every step with what speaks for and against it, the answer and its cost.

import type { ReportBox } from '../../evaluate/report/data.js';
import { pictureHtml } from '../../evaluate/report/gallery.js';
import { type Html, html } from '../../evaluate/report/html.js';
import { Pictures } from '../../evaluate/report/picture.js';
import { headNumber, howMade, pageHtml } from '../../evaluate/report/shell.js';
import { type ChatMessage, mediaParts } from '../../text/index.js';
import type { Chain, ChainStep } from './chain.js';

/** A chain with the conversation that it answers. */
export interface ChainShown {
  chain: Chain;
  messages: readonly ChatMessage[];
  /** Whether the answer is right, where that is known, and the true answer. */
  right?: boolean;
  truth?: string;
}

const KINDS = { thought: 'thought', question: 'question', answer: 'answer', look: 'look', vote: 'vote' } as const;
const TIERS = {
  grammar: 'rules',
  own: 'a model in a folder',
  url: 'a model behind an address',
  recorded: 'recorded replies',
} as const;
const VERDICTS = { true: '✓', false: '✗', unknown: '?' } as const;

function stepRow({ kind, by, text, evidence = [], doubt, dropped, depth = 0, sample }: ChainStep): Html {
  const claims = new Map(evidence.flatMap((one) => (one.claim && one.verified ? [[one.claim, one] as const] : [])));
  const about = [...claims].map(
    ([claim, { verified, instead }]) =>
      html`<li><span class="mark ${verified === 'true' ? 'good' : verified === 'false' ? 'bad' : ''}">${VERDICTS[verified as keyof typeof VERDICTS]}</span> ${claim}${instead !== undefined && html` (it is ${instead})`}</li>`,
  );
  const words = dropped ? html`<s>${text}</s>` : text;
  return html`<tr><td class="kind">${KINDS[kind]}${sample !== undefined && html` ${sample + 1}`}</td><td class="kind">${by}</td><td dir="auto">${'— '.repeat(depth)}${words}</td><td>${about.length > 0 && html`<ul>${about}</ul>`}</td><td class="kind">${doubt}</td></tr>`;
}

/** Boxes of evidence, each once; those of false claims say so. */
function boxesOf(steps: readonly ChainStep[]): ReportBox[] {
  const boxes = new Map<string, ReportBox>();
  for (const { evidence = [] } of steps)
    for (const { box, claim = '', verified } of evidence)
      if (box) boxes.set(String(box), { label: verified === 'false' ? `not ${claim}` : claim, box, from: 'model' });
  return [...boxes.values()];
}

async function section({ chain, messages, right, truth }: ChainShown, pictures: Pictures, number: number): Promise<Html> {
  const parts = mediaParts(messages);
  const shown: Html[] = [];
  for (const [i, part] of parts.entries()) {
    const boxes = i === 0 && parts.length === 1 ? boxesOf(chain.steps) : [];
    const { picture, boxes: scaled } = await pictures.of({ messages: [{ role: 'user', content: [part] }], boxes });
    if (picture) shown.push(html`<div style="width:min(20rem,100%)">${pictureHtml(picture, scaled)}</div>`);
  }
  const verdict =
    right !== undefined &&
    html` <span class="mark ${right ? 'good' : 'bad'}">${right ? '✓ right' : `✗ wrong${truth === undefined ? '' : `, it is ${truth}`}`}</span>`;
  const vote =
    chain.vote &&
    html`<p class="note">Votes: ${chain.vote.map(({ answer, n }) => `${answer || '(no answer)'} ${n}`).join(', ')}${chain.ties && html`; a tie, the first that came is taken`}</p>`;
  return html`<section><h2>${number}. ${chain.question}</h2>${shown.length > 0 && html`<div class="gallery">${shown}</div>`}
<div class="scroll"><table><thead><tr><th scope="col">step</th><th scope="col">by</th><th scope="col">text</th><th scope="col">claims</th><th scope="col">doubt</th></tr></thead><tbody>${chain.steps.map(stepRow)}</tbody></table></div>
${vote}<p><b>Answer:</b> ${chain.answer || html`<i>(none)</i>`}${verdict}</p>
<p class="note">${chain.strategy}, thought by ${TIERS[chain.tier]}; ${chain.calls} calls, ${chain.tokens} tokens${chain.stopped && html`; stopped: no ${chain.stopped} left`}</p></section>`;
}

/** The page. All text is escaped; it opens from disk and asks the network for nothing. Errors: those of reading the images. */
export async function chainPage(chains: readonly ChainShown[], { title, command }: { title: string; command: string }): Promise<string> {
  const pictures = new Pictures();
  const sections: Html[] = [];
  for (const [i, one] of chains.entries()) sections.push(await section(one, pictures, i + 1));
  const sum = (key: 'calls' | 'tokens'): string => String(chains.reduce((all, { chain }) => all + chain[key], 0));
  return pageHtml({
    title,
    header: html`<dl class="numbers">${headNumber('chains', String(chains.length))}${headNumber('calls', sum('calls'))}${headNumber('tokens', sum('tokens'))}</dl>`,
    main: html`${sections}${howMade(command, { node: process.versions.node })}`,
  });
}
