import { boolean, integer, record } from '../fields.js';

export const circuitBreaker = record(
  {
    enabled: boolean({
      default: true,
      description: 'Whether calls are held back from a server or tool that keeps failing.',
    }),
    failures: integer({
      default: 5,
      between: [1, 1000],
      description:
        'Failures in a row after which calls are answered at once: no answer within the deadline, lost connections, HTTP 5xx, answers that are not MCP. Errors that the server answers do not count.',
    }),
    open_time: integer({
      default: 10,
      between: [1, 300],
      description:
        'How long, in seconds, until one call is let through to see whether it works again; twice as long after each such call that fails, up to 300.',
    }),
  },
  {
    description:
      'When calls are no longer sent to a server, or to one tool of it, because they keep failing; each tool has a circuit of its own within its server.',
  },
);
