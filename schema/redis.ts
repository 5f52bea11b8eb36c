import { boolean, integer, record, string } from './fields.js';

/** A Redis that workers and nodes share; names as in Kong's own plugins. */
export const redisField = record(
  {
    host: string({
      required: true,
      len_min: 1,
      description: 'Host name or address of the Redis server.',
    }),
    port: integer({ default: 6379, between: [1, 65535], description: 'Port of the Redis server.' }),
    username: string({
      referenceable: true,
      description: 'User for Redis 6 ACLs; without it the default user.',
    }),
    password: string({
      referenceable: true,
      encrypted: true,
      description: 'Password; use a vault reference.',
    }),
    database: integer({ default: 0, between: [0, 999], description: 'Number of the database.' }),
    ssl: boolean({ default: false, description: 'Connect by TLS.' }),
    ssl_verify: boolean({
      default: true,
      description: "Verify the server's certificate; without it, for trials only.",
    }),
    server_name: string({ description: 'Name expected in the certificate; default: `host`.' }),
    ca_certificates: string({
      referenceable: true,
      description:
        'Certificates of further authorities in PEM, trusted beside the well-known ones.',
    }),
    timeout: integer({
      default: 250,
      between: [10, 5000],
      description:
        'Milliseconds that a request waits for Redis at most. Beyond it a proof of possession is refused (503), and everything else goes on with what this process knows.',
    }),
    prefix: string({
      default: 'kong-mcp',
      match: '^[%w:._-]+$',
      len_max: 64,
      description: 'Begins every key and channel, so that several gateways can use one Redis.',
    }),
  },
  {
    required: false,
    description:
      'Redis shared by the workers and nodes of one gateway, for what must be known everywhere at once: ended sessions, revoked tokens and users, used proofs. Without it each process knows its own. See docs/redis.md.',
  },
);
