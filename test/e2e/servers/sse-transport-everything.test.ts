import { connectFirst, connectFirstSse, connectNextAs } from '../../support/any-client.js';
import { describeEverything } from '../../support/upstreams/everything-suite.js';
import { startServerEverythingSse } from '../../support/upstreams/server-everything.js';

/** Every feature over the HTTP+SSE transport of 2024-11-05, for clients of both eras. */
describeEverything({
  start: startServerEverythingSse,
  settings: { transport: 'sse' },
  pairs: [
    {
      title: 'SDK v1',
      connect: connectFirst,
      native: connectFirstSse,
      bridged: false,
      misses: true,
    },
    {
      title: 'SDK v2 without sessions',
      connect: connectNextAs('auto'),
      native: connectFirstSse,
      bridged: true,
      misses: true,
    },
  ],
});
