// A dozen pictures to teach with, and four that are kept back to ask about: drawings of examples/finetune.

const NAMES: Readonly<Record<string, { name: string; teach: readonly string[]; keep: string }>> = {
  clock: { name: 'a wall clock', teach: ['clock-1-45.png', 'clock-10-15.png', 'clock-12-00.png'], keep: 'clock-3-00.png' },
  flag: { name: 'a flag', teach: ['flag-badgers.png', 'flag-foxes.png', 'flag-herons.png'], keep: 'flag-moles.png' },
  gauge: {
    name: 'a gauge',
    teach: ['gauge-pressure-3.jpg', 'gauge-speed-110.jpg', 'gauge-temperature-60.jpg'],
    keep: 'gauge-pressure-9.jpg',
  },
  jar: { name: 'a jam jar', teach: ['jar-beans.png', 'jar-honey.png', 'jar-plums.png'], keep: 'jar-rice.png' },
};

/** Where they lie on the site, and what they show. */
export const DOZEN = Object.values(NAMES).flatMap(({ name, teach }) => teach.map((file) => ({ url: `pictures/${file}`, name })));

/** Those that are kept back. */
export const KEPT_BACK = Object.values(NAMES).map(({ name, keep }) => ({ url: `pictures/${keep}`, name }));
