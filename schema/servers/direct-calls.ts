import { boolean, string } from '../fields.js';

/** How calls may go past this gateway's own process (design D21). */
export const directCalls = {
  direct: boolean({
    default: false,
    description:
      'Let Kong itself proxy calls that need nothing on the way back to this `url` server, past the plugin server. Needs the functions of `kong-mcp direct` on the route; other calls go the usual way.',
  }),
  direct_upstream: string({
    len_min: 1,
    len_max: 255,
    match: '^[%w_.-]+$',
    description:
      "Name of a Kong Upstream that direct calls outside of server sessions are balanced over. `url` stays the address of all else, and gives the path; without it direct calls go to `url`'s host.",
  }),
};
