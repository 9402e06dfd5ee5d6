// The app `mail` of the benchmark: its state, its page and its five tasks.

import { defineApp, some } from './app.js';

const SUBJECTS = [
  'Lunch on Friday',
  'Your invoice',
  'Holiday photos',
  'Team meeting',
  'New bicycle',
  'Train tickets',
  'Garden party',
  'School trip',
  'Book club',
  'Lost keys',
  'Concert tonight',
  'Rent for May',
];
const PEOPLE = ['Anna', 'Boris', 'Clara', 'David', 'Elif', 'Farid', 'Grace', 'Hugo'];
const WORDS = ['See you soon', 'Thanks a lot', 'I will be late', 'Sounds good', 'Please call me', 'Not today', 'Happy birthday'];

/** Mail. */
export const mail = defineApp({
  name: 'mail',
  title: 'Mail',
  init: (rng) => ({
    inbox: some(rng, SUBJECTS, 9).map((subject) => ({ subject, from: rng.pick(PEOPLE), starred: false })),
    archive: [] as string[],
    trash: [] as string[],
    sent: [] as { to: string; text: string }[],
  }),
  page: `
const at = (subject) => state.inbox.findIndex((m) => m.subject === subject);
const away = (subject, to) => { state[to].push(state.inbox.splice(at(subject), 1)[0].subject); };
app({
  home: () => [title('Inbox'), row('Write a mail', '', () => go('write')),
    state.inbox.map((m) => row(m.subject, m.from + (m.starred ? ' *' : ''), () => go('mail', m.subject), () => go('menu', m.subject)))],
  mail: (subject) => [title(subject), text('Dear friend, here is what we spoke about. Yours, ' + state.inbox[has(at(subject))].from),
    row('Reply', '', () => go('reply', subject)), row('Star', '', () => { state.inbox[at(subject)].starred = true; }),
    row('Archive', '', () => { away(subject, 'archive'); go('home'); }), row('Delete', '', () => { away(subject, 'trash'); go('home'); })],
  menu: (subject) => [has(at(subject)) >= 0 && title(subject), row('Archive mail', '', () => { away(subject, 'archive'); go('home'); }), row('Delete mail', '', () => { away(subject, 'trash'); go('home'); })],
  reply: (subject) => [has(at(subject)) >= 0 && title('Reply'), field('Message'), button('Send', () => { state.sent.push({ to: state.inbox[at(subject)].from, text: form.Message }); go('home'); })],
  write: () => [title('New mail'), field('To'), field('Message'), button('Send', () => { state.sent.push({ to: form.To, text: form.Message }); go('home'); }), row('Discard', '', () => back())],
});`,
  tasks: [
    {
      name: 'star',
      make: (s, rng) => {
        const mail = rng.pick(s.inbox);
        const at = s.inbox.indexOf(mail);
        return {
          text: `Star the mail ${mail.subject}.`,
          goal: (t) => {
            (t.inbox[at] as typeof mail).starred = true;
          },
          plan: [
            ['tap', mail.subject],
            ['tap', 'Star'],
          ],
        };
      },
    },
    {
      name: 'archive',
      make: (s, rng) => {
        const at = rng.int(s.inbox.length);
        const { subject } = s.inbox[at] as (typeof s.inbox)[number];
        return {
          text: `Archive the mail ${subject}.`,
          goal: (t) => t.archive.push(t.inbox.splice(at, 1)[0]?.subject as string),
          plan: [
            ['tap', subject],
            ['tap', 'Archive'],
          ],
        };
      },
    },
    {
      name: 'delete',
      make: (s, rng) => {
        const at = rng.int(s.inbox.length);
        const { subject } = s.inbox[at] as (typeof s.inbox)[number];
        return {
          text: `Delete the mail ${subject}.`,
          goal: (t) => t.trash.push(t.inbox.splice(at, 1)[0]?.subject as string),
          plan: [
            ['tap', subject],
            ['tap', 'Delete'],
          ],
        };
      },
    },
    {
      name: 'write',
      make: (_, rng) => {
        const [to, text] = [rng.pick(PEOPLE), rng.pick(WORDS)];
        return {
          text: `Write a mail to "${to}" with the message "${text}".`,
          goal: (t) => t.sent.push({ to, text }),
          plan: [
            ['tap', 'Write a mail'],
            ['type', 'To', to],
            ['type', 'Message', text],
            ['tap', 'Send'],
          ],
        };
      },
    },
    {
      name: 'reply',
      make: (s, rng) => {
        const { subject, from } = rng.pick(s.inbox);
        const text = rng.pick(WORDS);
        return {
          text: `Reply to the mail ${subject} with the message "${text}".`,
          goal: (t) => t.sent.push({ to: from, text }),
          plan: [
            ['tap', subject],
            ['tap', 'Reply'],
            ['type', 'Message', text],
            ['tap', 'Send'],
          ],
        };
      },
    },
  ],
});
