// The app `weather` of the benchmark: its state, its page and its five tasks.

import { defineApp, some } from './app.js';

const CITIES = ['Oslo', 'Paris', 'Cairo', 'Lima', 'Tokyo', 'Delhi', 'Rome', 'Quito', 'Sydney', 'Dublin', 'Athens', 'Nairobi'];
const UNITS = ['Celsius', 'Fahrenheit', 'Kelvin'];

/** Weather. */
export const weather = defineApp({
  name: 'weather',
  title: 'Weather',
  init: (rng) => {
    const cities = some(rng, CITIES, 6).map((name) => ({ name, degrees: -5 + rng.int(41), alerts: false }));
    return { cities, home: cities[0]?.name as string, unit: 'Celsius' };
  },
  page: `
const of = (n) => state.cities.find((c) => c.name === n);
app({
  home: () => [title('Weather'), text('At home in ' + state.home), row('Add city', '', () => go('add')), row('Units', state.unit, () => go('units')), state.cities.map((c) => row(c.name, c.degrees + ' degrees', () => go('city', c.name)))],
  city: (n) => [title(n), text('Clouds in the morning, sun later.'), row('Set as home', '', () => { state.home = n; }), toggle('Rain alerts', has(of(n)).alerts, (on) => { of(n).alerts = on; }),
    row('Remove city', '', () => { state.cities.splice(state.cities.indexOf(of(n)), 1); go('home'); })],
  add: () => [title('Add city'), field('City name'), button('Add', () => { state.cities.push({ name: form['City name'], degrees: 20, alerts: false }); go('home'); })],
  units: () => [title('Units'), choices(['Celsius', 'Fahrenheit', 'Kelvin'], state.unit, (u) => { state.unit = u; })],
});`,
  tasks: [
    {
      name: 'home',
      make: (s, rng) => {
        const { name } = rng.pick(s.cities.slice(1));
        return {
          text: `Set ${name} as home.`,
          goal: (t) => {
            t.home = name;
          },
          plan: [
            ['tap', name],
            ['tap', 'Set as home'],
          ],
        };
      },
    },
    {
      name: 'alerts',
      make: (s, rng) => {
        const city = rng.pick(s.cities);
        const at = s.cities.indexOf(city);
        return {
          text: `Turn on rain alerts for ${city.name}.`,
          goal: (t) => {
            (t.cities[at] as typeof city).alerts = true;
          },
          plan: [
            ['tap', city.name],
            ['tap', 'Rain alerts'],
          ],
        };
      },
    },
    {
      name: 'remove',
      make: (s, rng) => {
        const at = rng.int(s.cities.length);
        const { name } = s.cities[at] as (typeof s.cities)[number];
        return {
          text: `Remove the city ${name}.`,
          goal: (t) => t.cities.splice(at, 1),
          plan: [
            ['tap', name],
            ['tap', 'Remove city'],
          ],
        };
      },
    },
    {
      name: 'add',
      make: (s, rng) => {
        const name = rng.pick(CITIES.filter((one) => !s.cities.some((c) => c.name === one)));
        return {
          text: `Add the city "${name}".`,
          goal: (t) => t.cities.push({ name, degrees: 20, alerts: false }),
          plan: [
            ['tap', 'Add city'],
            ['type', 'City name', name],
            ['tap', 'Add'],
          ],
        };
      },
    },
    {
      name: 'unit',
      make: (_, rng) => {
        const unit = rng.pick(UNITS.slice(1));
        return {
          text: `Change the units to ${unit}.`,
          goal: (t) => {
            t.unit = unit;
          },
          plan: [
            ['tap', 'Units'],
            ['tap', unit],
          ],
        };
      },
    },
  ],
});
