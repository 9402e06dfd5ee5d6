// The app `files` of the benchmark: its state, its page and its five tasks.

import { defineApp, some } from './app.js';

const FOLDERS = ['Documents', 'Pictures', 'Downloads', 'Work'];
const FILES = [
  'report.txt',
  'beach.png',
  'budget.csv',
  'letter.txt',
  'plan.pdf',
  'cat.png',
  'resume.pdf',
  'scores.csv',
  'poem.txt',
  'map.png',
  'menu.pdf',
  'slides.pdf',
];
const NAMES = ['final', 'backup', 'Taxes', 'Old things', 'Summer', 'Archive box'];

/** Files. */
export const files = defineApp({
  name: 'files',
  title: 'Files',
  init: (rng) => {
    const files = some(rng, FILES, 12);
    return {
      folders: some(rng, FOLDERS, 4).map((name, i) => ({ name, files: files.slice(3 * i, 3 * i + 3) })),
      starred: [] as string[],
      trash: [] as string[],
    };
  },
  page: `
const holder = (f) => state.folders.find((d) => d.files.includes(f));
const take = (f) => { const d = holder(f); d.files.splice(d.files.indexOf(f), 1); };
app({
  home: () => [title('Files'), row('New folder', '', () => go('new')), state.folders.map((d) => row(d.name, d.files.length + ' files', () => go('folder', d.name)))],
  folder: (n) => [title(n), state.folders.find((d) => d.name === n).files.map((f) => row(f, '', () => go('file', f)))],
  file: (f) => [has(holder(f)) && title(f), text('Last changed on Monday.'), row('Star', '', () => { state.starred.push(f); }), row('Rename', '', () => go('rename', f)),
    row('Move to', '', () => go('move', f)), row('Delete', '', () => go('sure', f))],
  sure: (f) => [has(holder(f)) && title('Delete ' + f + '?'), button('Yes, delete', () => { take(f); state.trash.push(f); go('home'); }), button('Keep it', () => back())],
  move: (f) => [has(holder(f)) && title('Move ' + f + ' to'), state.folders.map((d) => row(d.name, '', () => { take(f); d.files.push(f); go('home'); }))],
  rename: (f) => [has(holder(f)) && title('Rename ' + f), field('New name'), button('Save', () => { const d = holder(f); d.files[d.files.indexOf(f)] = form['New name']; go('home'); })],
  new: () => [title('New folder'), field('Folder name'), button('Create', () => { state.folders.push({ name: form['Folder name'], files: [] }); go('home'); })],
});`,
  tasks: [
    {
      name: 'star',
      make: (s, rng) => {
        const { name, files } = rng.pick(s.folders);
        const file = rng.pick(files);
        return {
          text: `Star the file ${file} in ${name}.`,
          goal: (t) => t.starred.push(file),
          plan: [
            ['tap', name],
            ['tap', file],
            ['tap', 'Star'],
          ],
        };
      },
    },
    {
      name: 'delete',
      make: (s, rng) => {
        const folder = rng.pick(s.folders);
        const [at, file] = [s.folders.indexOf(folder), rng.pick(folder.files)];
        return {
          text: `Delete the file ${file} in ${folder.name}.`,
          goal: (t) => {
            (t.folders[at] as typeof folder).files = folder.files.filter((one) => one !== file);
            t.trash.push(file);
          },
          plan: [
            ['tap', folder.name],
            ['tap', file],
            ['tap', 'Delete'],
            ['tap', 'Yes, delete'],
          ],
        };
      },
    },
    {
      name: 'rename',
      make: (s, rng) => {
        const folder = rng.pick(s.folders);
        const [at, file, name] = [s.folders.indexOf(folder), rng.pick(folder.files), rng.pick(NAMES)];
        return {
          text: `Rename the file ${file} in ${folder.name} to "${name}".`,
          goal: (t) => {
            (t.folders[at] as typeof folder).files = folder.files.map((one) => (one === file ? name : one));
          },
          plan: [
            ['tap', folder.name],
            ['tap', file],
            ['tap', 'Rename'],
            ['type', 'New name', name],
            ['tap', 'Save'],
          ],
        };
      },
    },
    {
      name: 'move',
      make: (s, rng) => {
        const [from, to] = some(rng, s.folders, 2) as [(typeof s.folders)[number], (typeof s.folders)[number]];
        const [at, into, file] = [s.folders.indexOf(from), s.folders.indexOf(to), rng.pick(from.files)];
        return {
          text: `Move the file ${file} in ${from.name} to ${to.name}.`,
          goal: (t) => {
            (t.folders[at] as typeof from).files = from.files.filter((one) => one !== file);
            (t.folders[into] as typeof to).files.push(file);
          },
          plan: [
            ['tap', from.name],
            ['tap', file],
            ['tap', 'Move to'],
            ['tap', to.name],
          ],
        };
      },
    },
    {
      name: 'new-folder',
      make: (_, rng) => {
        const name = rng.pick(NAMES);
        return {
          text: `Create a new folder with the folder name "${name}".`,
          goal: (t) => t.folders.push({ name, files: [] }),
          plan: [
            ['tap', 'New folder'],
            ['type', 'Folder name', name],
            ['tap', 'Create'],
          ],
        };
      },
    },
  ],
});
