// The first half of the page: a picture, questions about it, replies as they are written, boxes drawn where the model writes any.

import { image, type Mllm } from 'sensorium/web';
import { element, fetchBlob, onDrop, showError } from './dom.js';

const SAMPLES = [1, 2, 3, 4, 5, 6].map((n) => `pictures/scene-${n}.png`);
const QUESTIONS = [
  'What is in the picture?',
  'Describe the image.',
  'How many objects are there?',
  'What color is the anchor?',
  'What word is printed?',
];
const BOX_COLORS = ['#c8553d', '#3d6f8e', '#4d8a5f', '#b58a2e', '#7d5ba6'];

/** A picture on a canvas, and a conversation about it. */
export class AskView {
  private model: Mllm | undefined;
  private taught: Mllm | undefined;
  private picture: Blob | undefined;
  private bitmap: ImageBitmap | undefined;
  private asking = false;
  private readonly canvas = element<HTMLCanvasElement>('picture');
  private readonly button = element<HTMLButtonElement>('ask');
  private readonly input = element<HTMLInputElement>('question');
  private readonly replies = element('replies');

  constructor() {
    const file = element<HTMLInputElement>('file');
    file.onchange = () => void this.show(file.files?.[0]);
    onDrop(element('stage'), ([first]) => void this.show(first));
    addEventListener('paste', (event) => {
      const [pasted] = [...(event.clipboardData?.files ?? [])];
      if (pasted) void this.show(pasted);
    });
    element<HTMLFormElement>('ask-form').onsubmit = (event) => {
      event.preventDefault();
      void this.ask(this.input.value.trim() || this.input.placeholder);
    };
    element('questions').replaceChildren(
      ...QUESTIONS.map((question) => {
        const button = Object.assign(document.createElement('button'), { textContent: question, type: 'button' });
        button.onclick = () => void this.ask(question);
        return button;
      }),
    );
    element('samples').replaceChildren(
      ...SAMPLES.map((url, i) => {
        const button = Object.assign(document.createElement('button'), { type: 'button', ariaLabel: `Picture ${i + 1}` });
        button.append(Object.assign(document.createElement('img'), { src: url, alt: '' }));
        button.onclick = () => void this.sample(url, button);
        if (i === 0) void this.sample(url, button);
        return button;
      }),
    );
  }

  setModel(model: Mllm | undefined): void {
    this.model = model;
    this.taught = undefined;
    this.enable();
  }

  /** From now on both answer. */
  setTaught(model: Mllm | undefined): void {
    this.taught = model;
  }

  private enable(): void {
    this.button.disabled = !this.model || !this.picture || this.asking;
  }

  private async sample(url: string, button: HTMLElement): Promise<void> {
    await this.show(await fetchBlob(url));
    for (const other of element('samples').children) other.classList.toggle('chosen', other === button);
  }

  private async show(blob: Blob | undefined): Promise<void> {
    if (!blob) return;
    showError();
    for (const other of element('samples').children) other.classList.remove('chosen');
    try {
      this.bitmap = await createImageBitmap(blob);
      this.picture = blob;
    } catch {
      showError(new Error(`${blob instanceof File ? blob.name : 'This'} is not a picture that this browser can show`));
    }
    this.draw([]);
    this.enable();
  }

  /** The picture, whole, and boxes in 0..1 of it. */
  private draw(boxes: readonly (readonly number[])[]): void {
    const { bitmap, canvas } = this;
    if (!bitmap) return;
    const scale = Math.min(1024 / Math.max(bitmap.width, bitmap.height), 8);
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    context.lineWidth = Math.max(3, canvas.width / 160);
    for (const [i, [x0 = 0, y0 = 0, x1 = 0, y1 = 0]] of boxes.entries()) {
      context.strokeStyle = BOX_COLORS[i % BOX_COLORS.length] as string;
      context.strokeRect(x0 * canvas.width, y0 * canvas.height, (x1 - x0) * canvas.width, (y1 - y0) * canvas.height);
    }
  }

  private async ask(question: string): Promise<void> {
    const { model, picture, taught } = this;
    if (!model || !picture || this.asking) return;
    this.asking = true;
    this.enable();
    showError();
    const item = document.createElement('li');
    item.append(Object.assign(document.createElement('div'), { className: 'q', textContent: question }));
    this.replies.append(item);
    try {
      await this.answer(model, { picture, question, item, label: taught ? 'before' : '' });
      if (taught) await this.answer(taught, { picture, question, item, label: 'after' });
    } catch (error) {
      item.remove();
      showError(error);
    } finally {
      this.asking = false;
      this.enable();
    }
  }

  private async answer(
    model: Mllm,
    { picture, question, item, label }: { picture: Blob; question: string; item: HTMLElement; label: string },
  ): Promise<void> {
    const line = Object.assign(document.createElement('div'), { className: `a ${label}` });
    if (label) line.append(Object.assign(document.createElement('small'), { textContent: label }));
    const text = document.createTextNode('');
    line.append(text);
    item.append(line);
    const begin = performance.now();
    for await (const piece of model.stream({ messages: [{ role: 'user', content: [image(picture), question] }], maxTokens: 128 })) {
      text.data += piece;
      this.replies.scrollTop = this.replies.scrollHeight;
    }
    const seconds = (performance.now() - begin) / 1000;
    line.append(' ', Object.assign(document.createElement('span'), { className: 'time', textContent: `${seconds.toFixed(1)} s` }));
    this.draw(boxesIn(text.data));
  }
}

/** Boxes that a text writes as [x0, y0, x1, y1], in 0..1 or in thousandths. */
function boxesIn(text: string): number[][] {
  return [...text.matchAll(/\[\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*\]/g)].map((match) => {
    const box = match.slice(1).map(Number);
    return Math.max(...box) > 1 ? box.map((v) => v / 1000) : box;
  });
}
