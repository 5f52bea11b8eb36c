import { clientRevisions, serverRevisions } from '../../lib/protocol/revisions.js';
import { set, string } from '../fields.js';

const versions = (known: readonly string[], description: string) =>
  set(string({ one_of: known, description: 'A version of MCP.' }), {
    default: [],
    len_max: 16,
    description,
  });

export const clientVersions = versions(
  clientRevisions,
  'Versions of MCP that clients are served; an empty list means all, those of later releases too. Anything else is refused with the versions that are served.',
);

export const serverVersions = versions(
  serverRevisions,
  'Versions of MCP in which this server is spoken to; an empty list means all, those of later releases too. For a server that claims a version which it does not speak well.',
);
