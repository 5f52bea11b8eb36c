import { readFileSync, readdirSync } from 'node:fs';
import {
  DiscoverRequestSchema,
  SubscriptionsAcknowledgedNotificationSchema,
  SubscriptionsListenRequestSchema,
} from '@modelcontextprotocol/core';
import { describe, expect, it } from 'vitest';
import { legacyVersions } from '../../../lib/protocol/classify.js';
import { clientMethods, logLevels, serverMethods } from '../../../lib/protocol/methods.js';
import {
  firstPrimed,
  lastBeforeStreamable,
  newestRevision,
  sessionRevisions,
} from '../../../lib/protocol/revisions.js';
import { rpcCodes } from '../../../lib/protocol/rpc-codes.js';
import { projectFile } from '../../support/project.js';

const files = ['lib', 'plugins', 'kong', 'schema'].flatMap((folder) =>
  readdirSync(projectFile(folder), { recursive: true })
    .map((name) => `${folder}/${String(name)}`)
    .filter((name) => name.endsWith('.ts') && !name.startsWith('lib/protocol/')),
);
const code = (name: string) =>
  readFileSync(projectFile(name), 'utf8').replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, '');
const found = (pattern: RegExp) =>
  files.flatMap((name) => [...code(name).matchAll(pattern)].map(([text]) => `${name}: ${text}`));

describe('what the protocol names', () => {
  it('is what the official SDK names: revisions, codes, levels', () => {
    expect(legacyVersions).toEqual(['2025-11-25', '2025-06-18', '2025-03-26']);
    expect(newestRevision).toBe(legacyVersions[0]);
    expect(lastBeforeStreamable).toBe('2024-11-05');
    expect(sessionRevisions).toContain(firstPrimed);
    expect(Object.values(rpcCodes).sort()).toEqual([
      -32000, -32001, -32002, -32020, -32021, -32022, -32042, -32600, -32601, -32602, -32603,
      -32700,
    ]);
    expect(logLevels).toEqual(
      'debug info notice warning error critical alert emergency'.split(' '),
    );
  });

  it('is written in lib/protocol alone: codes and revisions', () => {
    expect(files.length).toBeGreaterThan(200);
    expect(found(/(?<!\.\.)-32[0-9]{3}\b(?!\.\.)/g)).toEqual([]);
    expect(found(/(['"`])20\d\d-\d\d-\d\d\1/g)).toEqual([]);
  });

  it('is spelled as it is spelled there: methods', () => {
    const modern = [
      DiscoverRequestSchema,
      SubscriptionsListenRequestSchema,
      SubscriptionsAcknowledgedNotificationSchema,
    ].map(({ shape }) => shape.method.value as string);
    // An extension of the modern era, of which no SDK has the schema.
    const known = new Set([...clientMethods, ...serverMethods, ...modern, 'tasks/update']);
    const literals = found(
      /'(?:notifications|tools|prompts|resources|completion|logging|sampling|elicitation|roots|tasks|server|subscriptions)\/[a-z_A-Z/]*[a-zA-Z]'/g,
    );
    expect(literals.length).toBeGreaterThan(5);
    const unknown = literals.filter((one) => !known.has(/'(.*)'/.exec(one)![1]!));
    expect(unknown).toEqual([]);
  });
});
