// The app `notes` of the benchmark: its state, its page and its five tasks.

import { defineApp, some } from './app.js';

const TITLES = ['Groceries', 'Ideas', 'Recipes', 'Packing list', 'Songs', 'Quotes', 'Wine list', 'Plants', 'Repairs', 'Dreams', 'Films'];
const TEXTS = ['Buy milk', 'Water the roses', 'Call the bank', 'Two eggs and flour', 'Fix the door', 'Read chapter nine', 'Bring the tent'];

/** Notes. */
export const notes = defineApp({
  name: 'notes',
  title: 'Notes',
  init: (rng) => ({ notes: some(rng, TITLES, 6).map((title) => ({ title, text: rng.pick(TEXTS), pinned: false })) }),
  page: `
const at = (t) => state.notes.findIndex((n) => n.title === t);
app({
  home: () => [title('Notes'), row('New note', '', () => go('new')), state.notes.map((n) => row(n.title, n.pinned ? 'pinned' : '', () => go('note', n.title), () => go('menu', n.title)))],
  note: (t) => [title(t), field('Text', state.notes[at(t)].text), button('Save', () => { state.notes[at(t)].text = form.Text; go('home'); })],
  new: () => [title('New note'), field('Title'), field('Text'), button('Save', () => { state.notes.push({ title: form.Title, text: form.Text, pinned: false }); go('home'); })],
  menu: (t) => [has(at(t)) >= 0 && title(t), row('Pin note', '', () => { state.notes[at(t)].pinned = true; go('home'); }),
    row('Copy note', '', () => { const n = state.notes[at(t)]; state.notes.push({ ...n, title: n.title + ' copy' }); go('home'); }),
    row('Delete note', '', () => { state.notes.splice(at(t), 1); go('home'); })],
});`,
  tasks: [
    {
      name: 'new',
      make: (s, rng) => {
        const title = rng.pick(TITLES.filter((one) => !s.notes.some((n) => n.title === one)));
        const text = rng.pick(TEXTS);
        return {
          text: `Write a new note with the title "${title}" and the text "${text}".`,
          goal: (t) => t.notes.push({ title, text, pinned: false }),
          plan: [
            ['tap', 'New note'],
            ['type', 'Title', title],
            ['type', 'Text', text],
            ['tap', 'Save'],
          ],
        };
      },
    },
    {
      name: 'change',
      make: (s, rng) => {
        const at = rng.int(s.notes.length);
        const note = s.notes[at] as (typeof s.notes)[number];
        const text = rng.pick(TEXTS.filter((one) => one !== note.text));
        return {
          text: `Change the text of the note ${note.title} to "${text}".`,
          goal: (t) => {
            (t.notes[at] as typeof note).text = text;
          },
          plan: [
            ['tap', note.title],
            ['type', 'Text', text],
            ['tap', 'Save'],
          ],
        };
      },
    },
    {
      name: 'pin',
      make: (s, rng) => {
        const at = rng.int(s.notes.length);
        const note = s.notes[at] as (typeof s.notes)[number];
        return {
          text: `Hold the note ${note.title} and pin it.`,
          goal: (t) => {
            (t.notes[at] as typeof note).pinned = true;
          },
          plan: [
            ['hold', note.title],
            ['tap', 'Pin note'],
          ],
        };
      },
    },
    {
      name: 'copy',
      make: (s, rng) => {
        const note = rng.pick(s.notes);
        return {
          text: `Hold the note ${note.title} and copy it.`,
          goal: (t) => t.notes.push({ ...note, title: `${note.title} copy` }),
          plan: [
            ['hold', note.title],
            ['tap', 'Copy note'],
          ],
        };
      },
    },
    {
      name: 'delete',
      make: (s, rng) => {
        const at = rng.int(s.notes.length);
        const { title } = s.notes[at] as (typeof s.notes)[number];
        return {
          text: `Hold the note ${title} and delete it.`,
          goal: (t) => t.notes.splice(at, 1),
          plan: [
            ['hold', title],
            ['tap', 'Delete note'],
          ],
        };
      },
    },
  ],
});
