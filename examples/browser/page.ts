// The page: loads a model and hands it to its two halves, asking and teaching. Everything else is in the files beside this one.

import { type LoadEvent, Mllm } from 'sensorium/web';
import { AskView } from './ask.js';
import { element, showError } from './dom.js';
import { TeachView } from './teach.js';

const [loading, models, notes, chips] = [
  element('loading'),
  element<HTMLSelectElement>('models'),
  element('notes'),
  element('environment'),
];
const ask = new AskView();
const teach = new TeachView((model) => ask.setTaught(model));
let model: Mllm | undefined;

/** How far loading is, as a bar. */
function progress({ file, done, total }: LoadEvent): void {
  const bar = loading.querySelector('i') as HTMLElement;
  bar.style.width = total ? `${Math.round((100 * done) / total)}%` : '100%';
  say(`${file} ${(done / 1e6).toFixed(1)} MB`);
}

const say = (text: string): void => {
  (loading.querySelector('span') as HTMLElement).textContent = text;
};

/** What the machine offers. `?device=webgpu` and `?threads=2` ask for something else. */
function showEnvironment({ environment, fetched }: Mllm): void {
  const { device, adapter, threads, isolated, kept } = environment;
  const items: [string, boolean][] = [
    [device === 'webgpu' ? `WebGPU${adapter ? `: ${adapter}` : ''}` : `WebAssembly, ${threads} thread${threads === 1 ? '' : 's'}`, true],
    [isolated ? 'isolated' : 'not isolated', isolated],
    [kept ? (fetched.length > 0 ? 'weights fetched, kept here' : 'weights from this browser') : 'nothing is kept', kept],
  ];
  chips.replaceChildren(
    ...items.map(([text, good]) => Object.assign(document.createElement('li'), { textContent: text, className: good ? 'good' : '' })),
  );
  notes.replaceChildren(...environment.notes.map((text) => Object.assign(document.createElement('li'), { textContent: text })));
}

async function load(source: string | FileList, name: string): Promise<void> {
  const query = new URLSearchParams(location.search);
  const device = (query.get('device') ?? 'auto') as 'auto' | 'webgpu' | 'wasm';
  const threads = query.has('threads') ? Number(query.get('threads')) : undefined;
  loading.hidden = false;
  say('Loading …');
  showError();
  await teach.setModel(undefined, name);
  ask.setModel(undefined);
  await model?.dispose();
  model = undefined;
  try {
    model = await Mllm.load(source, { device, threads, onProgress: progress });
    showEnvironment(model);
    ask.setModel(model);
    await teach.setModel(model, name);
    document.body.dataset.ready = name;
  } catch (error) {
    showError(error);
  } finally {
    loading.hidden = true;
  }
}

async function start(): Promise<void> {
  const response = await fetch('models.json');
  const { models: names } = (await response.json()) as { models: string[] };
  models.replaceChildren(...names.map((name) => new Option(name, name)));
  models.onchange = () => void load(`models/${models.value}/`, models.value);
  const folder = element<HTMLInputElement>('folder');
  folder.onchange = () => {
    if (folder.files?.length) void load(folder.files, folder.files[0]?.webkitRelativePath.split('/')[0] ?? 'folder');
  };
  await load(`models/${names[0]}/`, names[0] as string);
}

void start().catch(showError);
