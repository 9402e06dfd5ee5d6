// The app `contacts` of the benchmark: its state, its page and its five tasks.

import type { Rng } from '../../../util/rng.js';
import { defineApp, some } from './app.js';

const PEOPLE = [
  'Anna Berg',
  'Boris Hill',
  'Clara Lane',
  'David Stone',
  'Elif Kaya',
  'Farid Amin',
  'Grace Moore',
  'Hugo Rossi',
  'Ines Silva',
  'Jonas Wolf',
  'Kate Young',
  'Liam Frost',
  'Mina Park',
  'Noah Field',
  'Olga Petrova',
  'Paul Baker',
];
const digits = (rng: Rng): string => `${100 + rng.int(900)} ${1000 + rng.int(9000)}`;

/** Contacts. */
export const contacts = defineApp({
  name: 'contacts',
  title: 'Contacts',
  init: (rng) => ({ people: some(rng, PEOPLE, 8).map((name) => ({ name, phone: digits(rng), favorite: false, blocked: false })) }),
  page: `
const of = (n) => state.people.find((p) => p.name === n);
app({
  home: () => [title('Contacts'), row('New contact', '', () => go('new')), state.people.map((p) => row(p.name, p.favorite ? 'favorite' : '', () => go('person', p.name)))],
  person: (n) => [title(n), text('Phone ' + has(of(n)).phone), row('Make favorite', '', () => { of(n).favorite = true; }), row('Edit number', '', () => go('edit', n)),
    row('Block', '', () => { of(n).blocked = true; }), row('Delete contact', '', () => { state.people.splice(state.people.indexOf(of(n)), 1); go('home'); })],
  edit: (n) => [has(of(n)) && title('Number of ' + n), field('Phone', of(n).phone), button('Save', () => { of(n).phone = form.Phone; go('home'); })],
  new: () => [title('New contact'), field('Name'), field('Phone'), button('Save', () => { state.people.push({ name: form.Name, phone: form.Phone, favorite: false, blocked: false }); go('home'); })],
});`,
  tasks: [
    {
      name: 'favorite',
      make: (s, rng) => {
        const person = rng.pick(s.people);
        const at = s.people.indexOf(person);
        return {
          text: `Make ${person.name} a favorite.`,
          goal: (t) => {
            (t.people[at] as typeof person).favorite = true;
          },
          plan: [
            ['tap', person.name],
            ['tap', 'Make favorite'],
          ],
        };
      },
    },
    {
      name: 'block',
      make: (s, rng) => {
        const person = rng.pick(s.people);
        const at = s.people.indexOf(person);
        return {
          text: `Block ${person.name}.`,
          goal: (t) => {
            (t.people[at] as typeof person).blocked = true;
          },
          plan: [
            ['tap', person.name],
            ['tap', 'Block'],
          ],
        };
      },
    },
    {
      name: 'delete',
      make: (s, rng) => {
        const at = rng.int(s.people.length);
        const { name } = s.people[at] as (typeof s.people)[number];
        return {
          text: `Delete the contact ${name}.`,
          goal: (t) => t.people.splice(at, 1),
          plan: [
            ['tap', name],
            ['tap', 'Delete contact'],
          ],
        };
      },
    },
    {
      name: 'number',
      make: (s, rng) => {
        const person = rng.pick(s.people);
        const [at, phone] = [s.people.indexOf(person), digits(rng)];
        return {
          text: `Edit the number of ${person.name}: the phone is "${phone}".`,
          goal: (t) => {
            (t.people[at] as typeof person).phone = phone;
          },
          plan: [
            ['tap', person.name],
            ['tap', 'Edit number'],
            ['type', 'Phone', phone],
            ['tap', 'Save'],
          ],
        };
      },
    },
    {
      name: 'new',
      make: (s, rng) => {
        const name = rng.pick(PEOPLE.filter((one) => !s.people.some((p) => p.name === one)));
        const phone = digits(rng);
        return {
          text: `Save a new contact with the name "${name}" and the phone "${phone}".`,
          goal: (t) => t.people.push({ name, phone, favorite: false, blocked: false }),
          plan: [
            ['tap', 'New contact'],
            ['type', 'Name', name],
            ['type', 'Phone', phone],
            ['tap', 'Save'],
          ],
        };
      },
    },
  ],
});
