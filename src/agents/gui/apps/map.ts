// The app `map` of the benchmark: its state, its page and its five tasks.

import { defineApp, some } from './app.js';

const PLACES = [
  'City museum',
  'Harbor cafe',
  'North station',
  'Green park',
  'Old bridge',
  'Town library',
  'Lake hotel',
  'Rose market',
  'Hill school',
  'River cinema',
];
const STREETS = ['4 Mill Lane', '12 High Street', '7 Oak Road', '31 Bay Avenue'];
const WAYS = ['Walking', 'Cycling', 'Driving', 'Bus'];

/** Map. */
export const map = defineApp({
  name: 'map',
  title: 'Map',
  heldOut: true,
  init: (rng) => ({
    places: some(rng, PLACES, 7),
    saved: [] as string[],
    route: null as null | { to: string; by: string },
    satellite: rng.bool(),
    home: '',
    stars: {} as Record<string, string>,
  }),
  page: `
app({
  home: () => [title('Map'), toggle('Satellite view', state.satellite, (on) => { state.satellite = on; }), row('Home address', state.home, () => go('address')), state.places.map((p) => row(p, '', () => go('place', p)))],
  place: (p) => [title(p), text('Open until six.'), row('Directions', '', () => go('ways', p)), row('Save place', '', () => { state.saved.push(p); }), row('Rate place', '', () => go('rate', p))],
  ways: (p) => [title('To ' + p), ['Walking', 'Cycling', 'Driving', 'Bus'].map((w) => row(w, '', () => { state.route = { to: p, by: w }; }))],
  rate: (p) => [title('Rate ' + p), ['Bad', 'Fine', 'Great'].map((s) => row(s, '', () => { state.stars[p] = s; go('home'); }))],
  address: () => [title('Home address'), field('Address', state.home), button('Save', () => { state.home = form.Address; go('home'); })],
});`,
  tasks: [
    {
      name: 'save',
      make: (s, rng) => {
        const place = rng.pick(s.places);
        return {
          text: `Save the place ${place}.`,
          goal: (t) => t.saved.push(place),
          plan: [
            ['tap', place],
            ['tap', 'Save place'],
          ],
        };
      },
    },
    {
      name: 'route',
      make: (s, rng) => {
        const [to, by] = [rng.pick(s.places), rng.pick(WAYS)];
        return {
          text: `Get directions to ${to} by ${by}.`,
          goal: (t) => {
            t.route = { to, by };
          },
          plan: [
            ['tap', to],
            ['tap', 'Directions'],
            ['tap', by],
          ],
        };
      },
    },
    {
      name: 'satellite',
      make: (s) => ({
        text: `Turn ${s.satellite ? 'off' : 'on'} satellite view.`,
        goal: (t) => {
          t.satellite = !t.satellite;
        },
        plan: [['tap', 'Satellite view']],
      }),
    },
    {
      name: 'address',
      make: (_, rng) => {
        const address = rng.pick(STREETS);
        return {
          text: `Save "${address}" as the home address.`,
          goal: (t) => {
            t.home = address;
          },
          plan: [
            ['tap', 'Home address'],
            ['type', 'Address', address],
            ['tap', 'Save'],
          ],
        };
      },
    },
    {
      name: 'rate',
      make: (s, rng) => {
        const [place, stars] = [rng.pick(s.places), rng.pick(['Bad', 'Fine', 'Great'])];
        return {
          text: `Rate the place ${place} as ${stars}.`,
          goal: (t) => {
            t.stars[place] = stars;
          },
          plan: [
            ['tap', place],
            ['tap', 'Rate place'],
            ['tap', stars],
          ],
        };
      },
    },
  ],
});
