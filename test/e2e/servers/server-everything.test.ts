import { connectFirst, connectNext, connectNextAs } from '../../support/any-client.js';
import { describeEverything } from '../../support/upstreams/everything-suite.js';
import { startServerEverything } from '../../support/upstreams/server-everything.js';

describeEverything({
  start: startServerEverything,
  pairs: [
    { title: 'SDK v1', connect: connectFirst, native: connectFirst, bridged: false },
    { title: 'SDK v2', connect: connectNext, native: connectNext, bridged: false },
    {
      title: 'SDK v2 without sessions',
      connect: connectNextAs('auto'),
      native: connectNext,
      bridged: true,
    },
  ],
});
