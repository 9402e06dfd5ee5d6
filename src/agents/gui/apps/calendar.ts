// The app `calendar` of the benchmark: its state, its page and its five tasks.

import { defineApp, some } from './app.js';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const TITLES = [
  'Dentist',
  'Piano lesson',
  'Football',
  'Team lunch',
  'Swimming',
  'Market day',
  'Exam',
  'Hair cut',
  'Opera',
  'Car wash',
  'Yoga',
  'Book fair',
];

/** Calendar. */
export const calendar = defineApp({
  name: 'calendar',
  title: 'Calendar',
  init: (rng) => ({
    days: DAYS,
    events: some(rng, TITLES, 6).map((title) => ({ title, day: rng.pick(DAYS.slice(0, 6)), reminder: false })),
  }),
  page: `
const at = (t) => state.events.findIndex((e) => e.title === t);
app({
  home: () => [title('This week'), state.days.map((d) => row(d, state.events.filter((e) => e.day === d).map((e) => e.title).join(', '), () => go('day', d)))],
  day: (d) => [title(d), row('New event', '', () => go('new', d)), state.events.filter((e) => e.day === d).map((e) => row(e.title, e.reminder ? 'reminder' : '', () => go('event', e.title)))],
  event: (t) => [has(at(t)) >= 0 && title(t), text('At the usual place.'), row('Set reminder', '', () => { state.events[at(t)].reminder = true; }),
    row('Rename event', '', () => go('rename', t)), row('Move to next day', '', () => { const e = state.events[at(t)]; e.day = state.days[state.days.indexOf(e.day) + 1]; }),
    row('Delete event', '', () => { state.events.splice(at(t), 1); go('home'); })],
  rename: (t) => [has(at(t)) >= 0 && title('Rename ' + t), field('New title'), button('Save', () => { state.events[at(t)].title = form['New title']; go('home'); })],
  new: (d) => [title('New event on ' + d), field('Title'), button('Save', () => { state.events.push({ title: form.Title, day: d, reminder: false }); go('home'); })],
});`,
  tasks: [
    {
      name: 'add',
      make: (s, rng) => {
        const title = rng.pick(TITLES.filter((one) => !s.events.some((e) => e.title === one)));
        const day = rng.pick(DAYS);
        return {
          text: `Make a new event on ${day} with the title "${title}".`,
          goal: (t) => t.events.push({ title, day, reminder: false }),
          plan: [
            ['tap', day],
            ['tap', 'New event'],
            ['type', 'Title', title],
            ['tap', 'Save'],
          ],
        };
      },
    },
    {
      name: 'delete',
      make: (s, rng) => {
        const at = rng.int(s.events.length);
        const { title, day } = s.events[at] as (typeof s.events)[number];
        return {
          text: `Delete the event ${title} on ${day}.`,
          goal: (t) => t.events.splice(at, 1),
          plan: [
            ['tap', day],
            ['tap', title],
            ['tap', 'Delete event'],
          ],
        };
      },
    },
    {
      name: 'move',
      make: (s, rng) => {
        const at = rng.int(s.events.length);
        const { title, day } = s.events[at] as (typeof s.events)[number];
        return {
          text: `Move the event ${title} on ${day} to the next day.`,
          goal: (t) => {
            (t.events[at] as (typeof s.events)[number]).day = DAYS[DAYS.indexOf(day) + 1] as string;
          },
          plan: [
            ['tap', day],
            ['tap', title],
            ['tap', 'Move to next day'],
          ],
        };
      },
    },
    {
      name: 'reminder',
      make: (s, rng) => {
        const at = rng.int(s.events.length);
        const { title, day } = s.events[at] as (typeof s.events)[number];
        return {
          text: `Set a reminder for ${title} on ${day}.`,
          goal: (t) => {
            (t.events[at] as (typeof s.events)[number]).reminder = true;
          },
          plan: [
            ['tap', day],
            ['tap', title],
            ['tap', 'Set reminder'],
          ],
        };
      },
    },
    {
      name: 'rename',
      make: (s, rng) => {
        const at = rng.int(s.events.length);
        const { title, day } = s.events[at] as (typeof s.events)[number];
        const other = rng.pick(TITLES.filter((one) => !s.events.some((e) => e.title === one)));
        return {
          text: `Rename the event ${title} on ${day} to "${other}".`,
          goal: (t) => {
            (t.events[at] as (typeof s.events)[number]).title = other;
          },
          plan: [
            ['tap', day],
            ['tap', title],
            ['tap', 'Rename event'],
            ['type', 'New title', other],
            ['tap', 'Save'],
          ],
        };
      },
    },
  ],
});
