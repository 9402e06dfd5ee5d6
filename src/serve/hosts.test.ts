// Which Host headers a server answers to.

import { describe, expect, it } from 'vitest';
import { hostName, hostServed } from './hosts.js';

describe('hosts', () => {
  it('are read without port, brackets and the dot of the root', () => {
    const names = { 'a.example:80': 'a.example', 'A.Example.': 'a.example', '[::1]:8000': '::1', '127.1': '127.0.0.1' };
    for (const [header, name] of Object.entries(names)) expect(hostName(header), header).toBe(name);
    for (const header of ['', 'a b', 'u@a', 'a/b', 'a?b', 'a#b', 'a\\b', ':80', '[::1', 'a:99999'])
      expect(hostName(header), header).toBe(undefined);
  });

  it('are those of the loopback and the bound address, whatever their port', () => {
    const rules = { bound: '127.0.0.1', allowed: [] };
    for (const host of ['localhost', 'LOCALHOST:8000', 'app.localhost', '127.0.0.1:8000', '127.9.9.9', '[::1]:8000', '2130706433'])
      expect(hostServed(host, rules), host).toBe(true);
    for (const host of [
      'evil.example',
      'evil.example:8000',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '127.evil',
      '192.168.1.5',
      '[fe80::1]',
      'a b',
    ])
      expect(hostServed(host, rules), host).toBe(false);
    expect(hostServed('192.168.1.5:8000', { bound: '192.168.1.5', allowed: [] })).toBe(true);
    expect(hostServed('192.168.1.6:8000', { bound: '192.168.1.5', allowed: [] })).toBe(false);
    expect(hostServed('[fd00::1]:8000', { bound: 'fd00::1', allowed: [] })).toBe(true);
  });

  it('are any address where all are listened on, but no name', () => {
    for (const bound of ['0.0.0.0', '::']) {
      expect(hostServed('192.168.1.5:8000', { bound, allowed: [] })).toBe(true);
      expect(hostServed('[fd00::1]:8000', { bound, allowed: [] })).toBe(true);
      expect(hostServed('evil.example', { bound, allowed: [] })).toBe(false);
    }
  });

  it('may be allowed by name, by ending, or all', () => {
    const served = (host: string, ...allowed: string[]): boolean => hostServed(host, { bound: '127.0.0.1', allowed });
    expect(served('box.lan:8000', 'box.lan')).toBe(true);
    expect(served('Box.lan', ' BOX.LAN ')).toBe(true);
    expect(served('a.box.lan', 'box.lan')).toBe(false);
    expect(served('a.box.lan', '*.box.lan')).toBe(true);
    expect(served('evilbox.lan', '*.box.lan')).toBe(false);
    expect(served('anything.example', '*')).toBe(true);
  });
});
