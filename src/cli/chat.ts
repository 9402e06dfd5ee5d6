// `sensorium chat`: a conversation about images and videos at the terminal. Ctrl-C stops an answer, Ctrl-D leaves.

import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { defineCommand } from 'citty';
import type { TokenChoice } from '../generate/processors/row.js';
import type { RgbImage } from '../media/image.js';
import { isAbort, SensoriumError } from '../util/errors.js';
import { writeAtomic } from '../util/fs.js';
import {
  adapterArgs,
  type LoadSpeaker,
  loadSpeaker,
  type MediaOptions,
  mediaArgs,
  readAdapters,
  readMedia,
  readMediaArgs,
  readSampling,
  type SamplingOptions,
  samplingArgs,
  type Turn,
} from './conversation.js';
import { demoArgs, readDemoArgs, withDemoLoad } from './demo-options.js';
import { writePng } from './draw.js';
import { didYouMean } from './nearest.js';
import { renderError } from './report.js';
import { DEFAULT_MODEL } from './root.js';

const HELP = `  /image PATH   show an image or a video with the next question
  /reset        forget the conversation
  /save FILE    write the conversation as JSON
  /help         this list
  /exit         leave (also Ctrl-D); Ctrl-C stops an answer
`;

/** What a conversation needs; everything but the options is replaceable in tests. */
export interface ChatOptions extends SamplingOptions {
  model?: string;
  /** Images for the first question. */
  images?: readonly string[];
  /** Which images are read, and which frames of videos. */
  media?: MediaOptions;
  load?: LoadSpeaker;
  /** Writes an image that a reply draws. */
  write?: (file: string, image: RgbImage) => Promise<void>;
  input?: Readable;
  output?: Writable & { isTTY?: boolean };
}

/** Runs the conversation until its input ends or `/exit`. Errors of one turn are printed, its images are dropped, and the conversation continues. */
export async function chat(options: ChatOptions = {}): Promise<void> {
  const {
    model: name = DEFAULT_MODEL,
    images = [],
    media,
    load = loadSpeaker,
    write = writePng,
    input = process.stdin,
    output = process.stdout,
    ...sampling
  } = options;
  const say = (text: string): void => void output.write(text);
  let pending: { path: string; part: Awaited<ReturnType<typeof readMedia>> }[] = [];
  for (const path of images) pending.push({ path, part: await readMedia(path, media) });
  const model = await load(name);
  let messages: Turn[] = [];
  let record: { role: string; content: string; images?: string[] }[] = [];
  let answering: AbortController | undefined;
  let drawn = 0;

  const terminal = Boolean(output.isTTY) && input === process.stdin && Boolean(process.stdin.isTTY);
  const lines = createInterface({ input, output: terminal ? output : undefined, terminal, prompt: '> ', historySize: 200 });
  const prompt = (): void => (terminal ? lines.prompt() : undefined);
  const interrupt = (): void => {
    if (answering) answering.abort(new DOMException('the answer was stopped', 'AbortError'));
    else if (terminal) {
      say('\n(Ctrl-D or /exit leaves)\n');
      prompt();
    } else lines.close();
  };
  // readline takes Ctrl-C from the terminal; without one it comes as a signal.
  lines.on('SIGINT', interrupt);
  process.on('SIGINT', interrupt);

  // Each returns true to leave.
  const commands: Record<string, (argument: string) => Promise<boolean>> = {
    '/image': async (path) => {
      if (path === '') throw new SensoriumError('cli.chat', '/image needs the path of a file');
      pending.push({ path, part: await readMedia(path, media) });
      say(`(${path} goes with your next question)\n`);
      return false;
    },
    '/reset': async () => {
      messages = [];
      record = [];
      pending = [];
      say('(forgotten)\n');
      return false;
    },
    '/save': async (file) => {
      if (file === '') throw new SensoriumError('cli.chat', '/save needs the path of a file');
      await writeAtomic(file, `${JSON.stringify({ model: name, messages: record }, null, 2)}\n`);
      say(`(saved ${record.length} messages to ${file})\n`);
      return false;
    },
    '/help': async () => {
      say(HELP);
      return false;
    },
    '/exit': async () => true,
  };

  const answer = async (question: string): Promise<void> => {
    // A turn that fails drops its images: a file that the model refuses would make every later turn fail too.
    const attached = pending;
    pending = [];
    const content: Turn = {
      role: 'user',
      content: attached.length > 0 ? [...attached.map(({ part }) => part), { type: 'text', text: question }] : question,
    };
    answering = new AbortController();
    let text = '';
    let thinks = false;
    const chosen: TokenChoice[] = [];
    const asked = [...messages, content];
    try {
      for await (const piece of model.stream({ messages: asked, signal: answering.signal, ...sampling })) {
        text += piece.text;
        if (piece.token) chosen.push(piece.token);
        if (piece.thinking && terminal) say(`\x1b[2m${piece.thinking}\x1b[22m`);
        thinks ||= Boolean(piece.thinking);
        if (thinks && piece.text !== '') {
          thinks = false;
          if (terminal) say('\n');
        }
        say(piece.text);
      }
      for (const image of (await model.draw?.(asked, chosen, { seed: sampling.seed, signal: answering.signal })) ?? []) {
        do drawn++;
        while (existsSync(`drawing-${drawn}.png`));
        const file = `drawing-${drawn}.png`;
        await write(file, image);
        say(`(drawn: ${file})`);
      }
    } catch (error) {
      if (!isAbort(error)) {
        if (text !== '') say('\n');
        say(`${renderError(error)}\n`);
        if (attached.length > 0) say(`(dropped: ${attached.map(({ path }) => path).join(', ')}; /image attaches a file again)\n`);
        return;
      }
      say(' (stopped)');
    } finally {
      answering = undefined;
    }
    say('\n');
    // A stopped answer stays in the conversation as far as it went; a failed turn leaves no trace.
    messages.push(content, { role: 'assistant', content: text });
    record.push({ role: 'user', content: question, ...(attached.length > 0 ? { images: attached.map(({ path }) => path) } : {}) });
    record.push({ role: 'assistant', content: text });
  };

  try {
    say(`${name}: ask about your images; /help lists the commands\n`);
    prompt();
    for await (const raw of lines) {
      const line = raw.trim();
      try {
        if (line.startsWith('/') && !line.startsWith('//')) {
          const [word = '', argument = ''] = splitWord(line);
          const command = Object.hasOwn(commands, word) ? commands[word] : undefined;
          if (command === undefined) {
            const hint = didYouMean(word, Object.keys(commands)) ?? '/help lists the commands; a question that begins with / is written //';
            throw new SensoriumError('cli.chat', `there is no ${word}`, { hint });
          }
          if (await command(argument)) break;
        } else if (line !== '') await answer(line.startsWith('//') ? line.slice(1) : line);
      } catch (error) {
        say(`${renderError(error)}\n`);
      }
      prompt();
    }
    if (terminal) say('\n');
  } finally {
    process.off('SIGINT', interrupt);
    lines.close();
    await model.dispose();
  }
}

function splitWord(line: string): [string, string] {
  const match = /^(\S+)\s*(.*)$/s.exec(line);
  const argument = match?.[2] ?? '';
  // Terminals quote a dropped file's path.
  return [match?.[1] ?? line, /^(['"]).*\1$/.test(argument) ? argument.slice(1, -1) : argument.replaceAll('\\ ', ' ')];
}

export default defineCommand({
  meta: { name: 'chat', description: 'Talk about images, turn by turn' },
  args: {
    image: { type: 'positional', description: 'images for the first question', required: false },
    model: { type: 'string', description: 'folder, name or hub id of a model', default: DEFAULT_MODEL, valueHint: 'MODEL' },
    ...adapterArgs,
    ...mediaArgs,
    ...samplingArgs,
    ...demoArgs,
  },
  async run({ args }) {
    const adapters = readAdapters(args);
    const load: LoadSpeaker = (name, signal) => loadSpeaker(name, signal, adapters);
    const options = { model: args.model, images: args._, media: readMediaArgs(args), ...readSampling(args) };
    await withDemoLoad(readDemoArgs(args), load, undefined, (loadShown) => chat({ ...options, load: loadShown }));
  },
});
