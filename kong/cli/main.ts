#!/usr/bin/env node
import { ConfigError } from '../../lib/errors/errors.js';
import { directCommand, functionsCommand } from './direct-command.js';
import { doctorCommand } from './doctor/doctor-command.js';
import { help } from './help.js';
import { importCommand } from './import/import-command.js';
import { openapiCommand } from './openapi/openapi-command.js';
import { pinCommand } from './pin/pin-command.js';
import { revokeCommand } from './revoke-command.js';
import { providerCommand } from './provider/provider-command.js';
import { validateCommand } from './validate/validate-command.js';
import { watchCommand } from './watch/watch-command.js';

async function run(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined || args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help);
    return command === undefined ? 2 : 0;
  }
  try {
    if (command === 'validate' || command === 'doctor' || command === 'pin') {
      const { output, code } = await verdictOf(command, rest);
      process.stdout.write(output);
      return code;
    }
    if (command === 'watch') return await watchCommand(rest, process.env);
    if (command === 'controller') {
      const { controllerCommand } = await import('../controller/controller-command.js');
      await controllerCommand(rest);
      return 0;
    }
    if (command === 'openapi') {
      process.stdout.write(await openapiCommand(rest));
      return 0;
    }
    if (command === 'direct' || command === 'functions') {
      process.stdout.write(command === 'direct' ? directCommand() : functionsCommand());
      return 0;
    }
    if (command === 'revoke') {
      process.stdout.write(await revokeCommand(rest));
      return 0;
    }
    if (command === 'provider') {
      process.stdout.write(await providerCommand(rest));
      return 0;
    }
    if (command !== 'import') throw new ConfigError(command, 'is not a command; see --help');
    process.stdout.write(await importCommand(rest, process.env));
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError) && !isUsageError(error)) throw error;
    process.stderr.write(`kong-mcp: ${error.message}\n`);
    return 2;
  }
}

function verdictOf(command: 'validate' | 'doctor' | 'pin', args: string[]) {
  if (command === 'validate') return validateCommand(args);
  return command === 'doctor' ? doctorCommand(args, process.env) : pinCommand(args, process.env);
}

function isUsageError(error: unknown): error is Error {
  return (
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE')
  );
}

process.exitCode = await run(process.argv.slice(2));
