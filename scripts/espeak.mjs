#!/usr/bin/env node
// Installs espeak-ng, which speaks for `sensorium speak`, where the package manager is apt and may be used; else says what to do.

import { aptInstall } from './apt.mjs';

aptInstall('espeak-ng', 'brew install espeak-ng, or https://github.com/espeak-ng/espeak-ng');
