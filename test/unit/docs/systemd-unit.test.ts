import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readOptions } from '../../../kong/pluginserver/options.js';
import { projectFile } from '../../support/project.js';

const text = readFileSync(projectFile('examples/kong-mcp-pluginserver.service'), 'utf8');
const settings = [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
const of = (wanted: string) => settings.flatMap(([name, value]) => (name === wanted ? value! : []));

it('the systemd unit starts the plugin server with options that it knows', () => {
  const [program, main, ...args] = of('ExecStart')[0]?.split(' ') ?? [];
  expect(program).toMatch(/\/node$/);
  expect(main).toMatch(/\/dist\/kong\/pluginserver\/main\.js$/);
  const environment = Object.fromEntries(of('Environment').map((one) => one.split('=')));
  expect(readOptions(args, environment as Record<string, string>)).toMatchObject({
    socket: '/run/kong-plugin-mcp/plugins.sock',
    socketMode: 0o660,
    operations: { host: '127.0.0.1', port: 9464 },
  });
});

it('the systemd unit keeps the folder of socket and sealing key, closed to others', () => {
  expect(of('RuntimeDirectory')).toEqual(['kong-plugin-mcp']);
  expect(of('RuntimeDirectoryMode')).toEqual(['0750']);
  expect(of('RuntimeDirectoryPreserve')).toEqual(['yes']);
});
