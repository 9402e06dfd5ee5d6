// The app `music` of the benchmark: its state, its page and its five tasks.

import { defineApp, some } from './app.js';

const SONGS = [
  'Blue river',
  'Night train',
  'Paper moon',
  'Golden road',
  'Silent rain',
  'Dancing bear',
  'Winter sun',
  'Little star',
  'Open sea',
  'Red balloon',
  'Old clock',
];
const LISTS = ['Party', 'Calm', 'Running', 'Dinner', 'Morning', 'Focus'];

/** Music. */
export const music = defineApp({
  name: 'music',
  title: 'Music',
  init: (rng) => ({
    songs: some(rng, SONGS, 8).map((title) => ({ title, liked: false })),
    lists: some(rng, LISTS, 3).map((name) => ({ name, songs: [] as string[] })),
    playing: '',
    shuffle: rng.bool(),
  }),
  page: `
app({
  home: () => [title('Music'), text(state.playing ? 'Playing ' + state.playing : 'Nothing is playing'), toggle('Shuffle', state.shuffle, (on) => { state.shuffle = on; }),
    row('Playlists', '', () => go('lists')), state.songs.map((s) => row(s.title, s.liked ? 'liked' : '', () => go('song', s.title)))],
  song: (t) => [title(t), button('Play', () => { state.playing = t; }), row('Like', '', () => { state.songs.find((s) => s.title === t).liked = true; }), row('Add to playlist', '', () => go('add', t))],
  add: (t) => [title('Add ' + t + ' to'), state.lists.map((l) => row(l.name, '', () => { l.songs.push(t); go('home'); }))],
  lists: () => [title('Playlists'), row('New playlist', '', () => go('new')), state.lists.map((l) => row(l.name, l.songs.length + ' songs', () => go('list', l.name)))],
  list: (n) => [title(n), text(state.lists.find((l) => l.name === n).songs.join(', ') || 'Empty')],
  new: () => [title('New playlist'), field('Name'), button('Create', () => { state.lists.push({ name: form.Name, songs: [] }); back(); })],
});`,
  tasks: [
    {
      name: 'play',
      make: (s, rng) => {
        const { title } = rng.pick(s.songs);
        return {
          text: `Play the song ${title}.`,
          goal: (t) => {
            t.playing = title;
          },
          plan: [
            ['tap', title],
            ['tap', 'Play'],
          ],
        };
      },
    },
    {
      name: 'like',
      make: (s, rng) => {
        const song = rng.pick(s.songs);
        const at = s.songs.indexOf(song);
        return {
          text: `Like the song ${song.title}.`,
          goal: (t) => {
            (t.songs[at] as typeof song).liked = true;
          },
          plan: [
            ['tap', song.title],
            ['tap', 'Like'],
          ],
        };
      },
    },
    {
      name: 'add-to-list',
      make: (s, rng) => {
        const { title } = rng.pick(s.songs);
        const list = rng.pick(s.lists);
        const at = s.lists.indexOf(list);
        return {
          text: `Add the song ${title} to the playlist ${list.name}.`,
          goal: (t) => t.lists[at]?.songs.push(title),
          plan: [
            ['tap', title],
            ['tap', 'Add to playlist'],
            ['tap', list.name],
          ],
        };
      },
    },
    {
      name: 'shuffle',
      make: (s) => ({
        text: `Turn ${s.shuffle ? 'off' : 'on'} Shuffle.`,
        goal: (t) => {
          t.shuffle = !t.shuffle;
        },
        plan: [['tap', 'Shuffle']],
      }),
    },
    {
      name: 'new-list',
      make: (s, rng) => {
        const name = rng.pick(LISTS.filter((one) => !s.lists.some((l) => l.name === one)));
        return {
          text: `Create a new playlist with the name "${name}".`,
          goal: (t) => t.lists.push({ name, songs: [] }),
          plan: [
            ['tap', 'Playlists'],
            ['tap', 'New playlist'],
            ['type', 'Name', name],
            ['tap', 'Create'],
          ],
        };
      },
    },
  ],
});
