// The apps of the benchmark and their tasks by seed.

import { type GuiApp, type GuiTask, guiTask } from './app.js';
import { bank } from './bank.js';
import { calendar } from './calendar.js';
import { chat } from './chat.js';
import { contacts } from './contacts.js';
import { files } from './files.js';
import { mail } from './mail.js';
import { map } from './map.js';
import { music } from './music.js';
import { notes } from './notes.js';
import { settings } from './settings.js';
import { shop } from './shop.js';
import { weather } from './weather.js';

export { appPage, defineApp, type GuiApp, type GuiTask, guiTask, type PlanStep, type TaskOf, type TaskTemplate } from './app.js';

/** All apps: nine that training may use, then three that are held out. */
export const APPS: readonly GuiApp[] = [shop, mail, settings, calendar, notes, music, files, contacts, weather, map, chat, bank];

/** Every task of the apps, one of each template and seed: 60 of one seed. */
export const guiTasks = ({ seeds = [0], apps = APPS }: { seeds?: readonly number[]; apps?: readonly GuiApp[] } = {}): GuiTask[] =>
  seeds.flatMap((seed) => apps.flatMap((app) => app.tasks.map((template) => guiTask(app, template, seed))));
