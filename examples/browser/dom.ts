// Small things that both halves of the page need: elements, dropped files, errors for people.

import { SensoriumError } from 'sensorium/web';

/** The element of an id. */
export const element = <E extends HTMLElement = HTMLElement>(id: string): E => document.getElementById(id) as E;

/** Says what went wrong and what to do; without an error, that nothing did. */
export function showError(error?: unknown): void {
  const box = element('error');
  box.hidden = error === undefined;
  if (error === undefined) return;
  const isOurs = error instanceof SensoriumError;
  const title = document.createElement('b');
  title.textContent = isOurs ? error.summary : String((error as Error).message ?? error);
  const details = document.createElement('small');
  details.textContent = isOurs
    ? [error.place, error.expected && `expected ${error.expected}`, error.got && `got ${error.got}`, error.hint].filter(Boolean).join(' · ')
    : '';
  box.dataset.code = isOurs ? error.code : '';
  box.replaceChildren(title, details);
  box.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
}

/** Calls back with files that are dropped on an element. */
export function onDrop(target: HTMLElement, take: (files: File[]) => void): void {
  target.addEventListener('dragover', (event) => {
    event.preventDefault();
    target.classList.add('over');
  });
  target.addEventListener('dragleave', () => target.classList.remove('over'));
  target.addEventListener('drop', (event) => {
    event.preventDefault();
    target.classList.remove('over');
    take([...(event.dataTransfer?.files ?? [])]);
  });
}

/** A file of this site. */
export async function fetchBlob(url: string): Promise<Blob> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: status ${response.status}`);
  return response.blob();
}
