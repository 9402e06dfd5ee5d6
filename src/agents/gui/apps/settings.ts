// The app `settings` of the benchmark: its state, its page and its five tasks.

import { defineApp, some } from './app.js';

const LANGUAGES = ['English', 'French', 'German', 'Spanish', 'Turkish', 'Chinese'];
const PLACES: Record<string, string> = {
  'Wi-Fi': 'Network',
  Bluetooth: 'Network',
  'Airplane mode': 'Network',
  'Dark mode': 'Display',
  'Night light': 'Display',
  Vibration: 'Sound',
  'Key clicks': 'Sound',
};
const SENDERS = ['Mail news', 'Chat news', 'Bank news', 'Game news'];
const NAMES = ['Kitchen phone', 'Blue whale', 'Old faithful', 'Pocket', 'Traveller', 'Number one'];

/** Settings. */
export const settings = defineApp({
  name: 'settings',
  title: 'Settings',
  init: (rng) => ({
    on: Object.fromEntries([...Object.keys(PLACES), ...SENDERS].map((name) => [name, rng.bool()])),
    size: 'Medium',
    language: 'English',
    name: 'My phone',
    places: PLACES,
    languages: some(rng, LANGUAGES, LANGUAGES.length),
    senders: some(rng, SENDERS, SENDERS.length),
  }),
  page: `
const switches = (names) => names.map((n) => toggle(n, state.on[n], (on) => { state.on[n] = on; }));
const group = (g) => [title(g), switches(Object.keys(state.places).filter((n) => state.places[n] === g))];
app({
  home: () => [title('Settings'), ['Network', 'Display', 'Sound', 'Notifications', 'Language', 'About'].map((g) => row(g, '', () => go(g)))],
  Network: () => group('Network'),
  Display: () => [group('Display'), row('Text size', state.size, () => go('size'))],
  Sound: () => group('Sound'),
  Notifications: () => [title('Notifications'), switches(state.senders)],
  Language: () => [title('Language'), choices(state.languages, state.language, (l) => { state.language = l; })],
  size: () => [title('Text size'), choices(['Small', 'Medium', 'Large', 'Huge'], state.size, (s) => { state.size = s; })],
  About: () => [title('About'), text('Version 4.2'), field('Device name', state.name), button('Save', () => { state.name = form['Device name']; })],
});`,
  tasks: [
    {
      name: 'switch',
      make: (s, rng) => {
        const name = rng.pick(Object.keys(PLACES));
        return {
          text: `Turn ${s.on[name] ? 'off' : 'on'} ${name}.`,
          goal: (t) => {
            t.on[name] = !t.on[name];
          },
          plan: [
            ['tap', PLACES[name] as string],
            ['tap', name],
          ],
        };
      },
    },
    {
      name: 'notifications',
      make: (s, rng) => {
        const name = rng.pick(s.senders);
        return {
          text: `Turn ${s.on[name] ? 'off' : 'on'} notifications of ${name}.`,
          goal: (t) => {
            t.on[name] = !t.on[name];
          },
          plan: [
            ['tap', 'Notifications'],
            ['tap', name],
          ],
        };
      },
    },
    {
      name: 'text-size',
      make: (_, rng) => {
        const size = rng.pick(['Small', 'Large', 'Huge']);
        return {
          text: `Set the text size to ${size}.`,
          goal: (t) => {
            t.size = size;
          },
          plan: [
            ['tap', 'Display'],
            ['tap', 'Text size'],
            ['tap', size],
          ],
        };
      },
    },
    {
      name: 'language',
      make: (_, rng) => {
        const language = rng.pick(LANGUAGES.slice(1));
        return {
          text: `Change the language to ${language}.`,
          goal: (t) => {
            t.language = language;
          },
          plan: [
            ['tap', 'Language'],
            ['tap', language],
          ],
        };
      },
    },
    {
      name: 'rename',
      make: (_, rng) => {
        const name = rng.pick(NAMES);
        return {
          text: `Change the device name to "${name}" and save.`,
          goal: (t) => {
            t.name = name;
          },
          plan: [
            ['tap', 'About'],
            ['type', 'Device name', name],
            ['tap', 'Save'],
          ],
        };
      },
    },
  ],
});
