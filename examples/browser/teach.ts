// The second half of the page: named pictures, fine-tuning with a live curve, before and after, the adapter as a file.

import { zipSync } from 'fflate';
import { image, type KeptRun, type Mllm, type TeachEvent } from 'sensorium/web';
import { Curve } from './curve.js';
import { element, fetchBlob, onDrop, showError } from './dom.js';
import { DOZEN, KEPT_BACK } from './dozen.js';

interface Named {
  image: Blob;
  name: string;
  /** Not learned from. */
  isNew?: boolean;
}

const QUESTION = 'What is in the picture?';

/** Pictures with names, and what comes of them. */
export class TeachView {
  private model: Mllm | undefined;
  private taught: Mllm | undefined;
  private modelName = '';
  private pictures: Named[] = [];
  private keptBack: Named[] = [];
  private running: AbortController | undefined;
  private readonly cards = element('cards');
  private readonly button = element<HTMLButtonElement>('teach');
  private readonly curve = new Curve(element<HTMLCanvasElement>('curve'));

  constructor(private readonly onTaught: (model: Mllm | undefined) => void) {
    const add = element<HTMLInputElement>('add');
    add.onchange = () => this.add([...(add.files ?? [])]);
    onDrop(this.cards, (files) => this.add(files));
    element('dozen').onclick = () => void this.takeDozen().catch(showError);
    element('clear').onclick = () => this.clear();
    element('camera').onclick = () => void this.openCamera().catch(showError);
    element('save').onclick = () => void this.save().catch(showError);
    this.button.onclick = () => (this.running ? this.running.abort() : void this.start());
  }

  async setModel(model: Mllm | undefined, name: string): Promise<void> {
    this.model = model;
    this.modelName = name;
    this.taught = undefined;
    this.onTaught(undefined);
    element('result').hidden = true;
    this.enable();
    element('resume').hidden = true;
    if (model) await this.offerRuns();
  }

  /** Names that people give to files say what is in them: `red-mug-2.jpg`. */
  private add(files: readonly File[]): void {
    for (const file of files) {
      const name = /^(img|dsc|pxl|image|photo|screenshot)?[\W\d_]*$/i.test(file.name.replace(/\.\w+$/, ''))
        ? ''
        : file.name
            .replace(/\.\w+$/, '')
            .replace(/[-_]+/g, ' ')
            .replace(/\d+/g, '')
            .trim();
      this.pictures.push({ image: file, name });
    }
    this.show();
  }

  private async takeDozen(): Promise<void> {
    const load = async (list: typeof DOZEN): Promise<Named[]> =>
      Promise.all(list.map(async ({ url, name }) => ({ image: await fetchBlob(url), name })));
    this.pictures = await load(DOZEN);
    this.keptBack = (await load(KEPT_BACK)).map((picture) => ({ ...picture, isNew: true }));
    this.show();
  }

  private clear(): void {
    this.pictures = [];
    this.keptBack = [];
    element('result').hidden = true;
    element('progress').hidden = true;
    this.show();
  }

  private show(): void {
    this.cards.replaceChildren(
      ...this.pictures.map((picture, i) => {
        const figure = document.createElement('figure');
        const shown = Object.assign(document.createElement('img'), { src: URL.createObjectURL(picture.image), alt: '' });
        shown.onload = () => URL.revokeObjectURL(shown.src);
        const input = Object.assign(document.createElement('input'), {
          value: picture.name,
          placeholder: 'what is it?',
          ariaLabel: `Name of picture ${i + 1}`,
        });
        input.oninput = () => {
          picture.name = input.value;
          this.enable();
        };
        const remove = Object.assign(document.createElement('button'), { textContent: '×', type: 'button', ariaLabel: 'Remove' });
        remove.onclick = () => {
          this.pictures = this.pictures.filter((other) => other !== picture);
          this.show();
        };
        figure.append(shown, input, remove);
        return figure;
      }),
    );
    this.enable();
  }

  private enable(): void {
    const named = this.pictures.length > 0 && this.pictures.every(({ name }) => name.trim() !== '');
    for (const input of this.cards.querySelectorAll('input')) input.classList.toggle('missing', input.value.trim() === '');
    this.button.disabled = !this.running && (!this.model || !named);
    this.button.textContent = this.running ? 'Stop' : 'Teach';
  }

  private start(): Promise<void> {
    const steps = Number(element<HTMLInputElement>('steps').value);
    return this.run(steps, (model, o) => model.teach(this.pictures, { steps, question: QUESTION, ...o }));
  }

  private async run(
    steps: number,
    work: (model: Mllm, o: { signal: AbortSignal; onEvent: (event: TeachEvent) => void }) => Promise<Mllm>,
  ): Promise<void> {
    const { model } = this;
    if (!model || this.running) return;
    showError();
    this.running = new AbortController();
    this.enable();
    element('resume').hidden = true;
    element('progress').hidden = false;
    element('result').hidden = true;
    this.curve.clear(steps);
    const text = element('progress-text');
    text.textContent = 'Getting ready …';
    const onEvent = (event: TeachEvent): void => {
      if (event.type === 'step') {
        this.curve.add(event.step, event.loss);
        text.textContent = `step ${event.step} of ${event.steps} · loss ${event.loss.toFixed(2)} · ${(event.milliseconds / 1000).toFixed(1)} s a step · ${Math.ceil(event.etaSeconds)} s to go`;
      }
      if (event.type === 'resume') text.textContent = `Going on from step ${event.step} …`;
      if (event.type === 'warning') text.textContent = event.message;
    };
    try {
      const taught = await work(model, { signal: this.running.signal, onEvent });
      const { loss, seconds } = taught.taught as NonNullable<Mllm['taught']>;
      text.textContent = `${taught.taught?.steps} steps in ${Math.round(seconds)} s · loss ${loss.first.toFixed(2)} → ${loss.last.toFixed(2)}`;
      this.taught = taught;
      this.onTaught(taught);
      await this.compare(model, taught);
    } catch (error) {
      if ((error as Error).name === 'AbortError') {
        text.textContent = 'Stopped. What was learned so far is kept: Teach goes on from there.';
        await this.offerRuns();
      } else showError(error);
    } finally {
      this.running = undefined;
      this.enable();
    }
  }

  /** Asks both about each thing once, and about pictures that neither has learned from. */
  private async compare(before: Mllm, after: Mllm): Promise<void> {
    element('result').hidden = false;
    const seen = new Set<string>();
    const firsts = this.pictures.filter(({ name }) => !seen.has(name) && seen.add(name)).slice(0, 8);
    const list = element('compare');
    list.replaceChildren();
    element('command').textContent = `sensorium ask picture.png "${QUESTION}" --model ${this.modelName} --adapter adapter`;
    for (const { image: blob, name, isNew } of [...this.keptBack, ...firsts]) {
      const ask = async (model: Mllm): Promise<string> => (await model.generate([image(blob), QUESTION], { maxTokens: 32 })).text.trim();
      const [was, is] = [await ask(before), await ask(after)];
      const article = document.createElement('article');
      const words = document.createElement('div');
      if (isNew) words.append(Object.assign(document.createElement('span'), { className: 'new', textContent: 'not learned from' }));
      words.append(Object.assign(document.createElement('del'), { textContent: was }));
      words.append(Object.assign(document.createElement('ins'), { textContent: is, className: is === name.trim() ? 'right' : '' }));
      article.append(Object.assign(document.createElement('img'), { src: URL.createObjectURL(blob), alt: name }), words);
      list.append(article);
    }
  }

  /** The files of the adapter in one archive: unpacked it is a folder that `--adapter` takes. */
  private async save(): Promise<void> {
    if (!this.taught) return;
    const entries: Record<string, Uint8Array> = {};
    for (const file of await this.taught.adapter()) entries[`adapter/${file.name}`] = new Uint8Array(await file.arrayBuffer());
    const url = URL.createObjectURL(new Blob([zipSync(entries, { level: 0 }) as Uint8Array<ArrayBuffer>], { type: 'application/zip' }));
    Object.assign(document.createElement('a'), { href: url, download: 'adapter.zip' }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  /** Runs that a closed tab left behind. */
  private async offerRuns(): Promise<void> {
    const [run] = (await this.model?.runs()) ?? [];
    const box = element('resume');
    box.hidden = run === undefined;
    if (!run) return;
    const done = run.step >= run.settings.steps;
    const text = Object.assign(document.createElement('span'), {
      textContent: `${run.pictures.length} pictures from an earlier visit, ${done ? 'learned' : `${run.step} of ${run.settings.steps} steps done`}.`,
    });
    const go = Object.assign(document.createElement('button'), { type: 'button', textContent: done ? 'Use it' : 'Go on' });
    go.onclick = () => void this.goOn(run);
    const forget = Object.assign(document.createElement('button'), { type: 'button', className: 'quiet', textContent: 'Forget it' });
    forget.onclick = () =>
      void this.model
        ?.forget(run.id)
        .then(() => this.offerRuns())
        .catch(showError);
    box.replaceChildren(text, go, forget);
  }

  private async goOn(run: KeptRun): Promise<void> {
    this.pictures = run.pictures.map(({ name, bytes }) => ({ name, image: new Blob([bytes as Uint8Array<ArrayBuffer>]) }));
    element<HTMLInputElement>('steps').value = String(run.settings.steps);
    this.show();
    await this.run(run.settings.steps, (model, o) => model.resume(run.id, o));
  }

  private async openCamera(): Promise<void> {
    const box = element('viewfinder');
    const video = box.querySelector('video') as HTMLVideoElement;
    if (!box.hidden) {
      for (const track of (video.srcObject as MediaStream).getTracks()) track.stop();
      box.hidden = true;
      return;
    }
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: 640 } });
    await video.play();
    box.hidden = false;
    (box.querySelector('button') as HTMLButtonElement).onclick = async () => {
      const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
      (canvas.getContext('2d') as OffscreenCanvasRenderingContext2D).drawImage(video, 0, 0);
      const last = this.pictures.at(-1)?.name ?? '';
      this.pictures.push({ image: await canvas.convertToBlob({ type: 'image/png' }), name: last });
      this.show();
    };
  }
}
