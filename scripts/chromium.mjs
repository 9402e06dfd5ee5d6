#!/usr/bin/env node
// Installs Chromium, which agents use pages with, where the package manager is apt and may be used; else says what to do.

import { aptInstall } from './apt.mjs';

aptInstall('chromium', 'any Chromium or Chrome, named in SENSORIUM_CHROMIUM where it is not on the path');
