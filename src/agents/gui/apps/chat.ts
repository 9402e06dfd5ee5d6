// The app `chat` of the benchmark: its state, its page and its five tasks.

import { defineApp, some } from './app.js';

const GROUPS = ['Family', 'Neighbors', 'Football club', 'Quiz night', 'Old friends', 'Office', 'Cooking class', 'Band'];
const WORDS = ['On my way', 'Good morning', 'What time', 'Well done', 'I agree', 'Where are you', 'Next week then'];

/** Chat. */
export const chat = defineApp({
  name: 'chat',
  title: 'Chat',
  heldOut: true,
  init: (rng) => ({
    chats: some(rng, GROUPS, 7).map((name) => ({ name, sent: [] as string[], muted: false, pinned: false })),
    status: 'Available',
  }),
  page: `
const of = (n) => state.chats.find((c) => c.name === n);
app({
  home: () => [title('Chats'), row('My status', state.status, () => go('status')), state.chats.map((c) => row(c.name, c.sent.at(-1) || '', () => go('chat', c.name), () => go('menu', c.name)))],
  chat: (n) => [has(of(n)) && title(n), of(n).sent.map(text), field('Message'), button('Send', () => { of(n).sent.push(form.Message); form = {}; }), row('Chat options', '', () => go('menu', n))],
  menu: (n) => [has(of(n)) && title(n), row('Mute chat', '', () => { of(n).muted = true; }), row('Pin chat', '', () => { of(n).pinned = true; }), row('Leave chat', '', () => { state.chats.splice(state.chats.indexOf(of(n)), 1); go('home'); })],
  status: () => [title('My status'), field('Status', state.status), button('Save', () => { state.status = form.Status; go('home'); })],
});`,
  tasks: [
    {
      name: 'send',
      make: (s, rng) => {
        const chat = rng.pick(s.chats);
        const [at, text] = [s.chats.indexOf(chat), rng.pick(WORDS)];
        return {
          text: `Send the message "${text}" to the chat ${chat.name}.`,
          goal: (t) => t.chats[at]?.sent.push(text),
          plan: [
            ['tap', chat.name],
            ['type', 'Message', text],
            ['tap', 'Send'],
          ],
        };
      },
    },
    {
      name: 'mute',
      make: (s, rng) => {
        const chat = rng.pick(s.chats);
        const at = s.chats.indexOf(chat);
        return {
          text: `Hold the chat ${chat.name} and mute it.`,
          goal: (t) => {
            (t.chats[at] as typeof chat).muted = true;
          },
          plan: [
            ['hold', chat.name],
            ['tap', 'Mute chat'],
          ],
        };
      },
    },
    {
      name: 'pin',
      make: (s, rng) => {
        const chat = rng.pick(s.chats);
        const at = s.chats.indexOf(chat);
        return {
          text: `Hold the chat ${chat.name} and pin it.`,
          goal: (t) => {
            (t.chats[at] as typeof chat).pinned = true;
          },
          plan: [
            ['hold', chat.name],
            ['tap', 'Pin chat'],
          ],
        };
      },
    },
    {
      name: 'leave',
      make: (s, rng) => {
        const at = rng.int(s.chats.length);
        const { name } = s.chats[at] as (typeof s.chats)[number];
        return {
          text: `Hold the chat ${name} and leave it.`,
          goal: (t) => t.chats.splice(at, 1),
          plan: [
            ['hold', name],
            ['tap', 'Leave chat'],
          ],
        };
      },
    },
    {
      name: 'status',
      make: (_, rng) => {
        const status = rng.pick(['Busy', 'At lunch', 'On holiday', 'Sleeping']);
        return {
          text: `Change my status to "${status}" and save.`,
          goal: (t) => {
            t.status = status;
          },
          plan: [
            ['tap', 'My status'],
            ['type', 'Status', status],
            ['tap', 'Save'],
          ],
        };
      },
    },
  ],
});
