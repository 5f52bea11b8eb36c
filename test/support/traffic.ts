export interface Traffic {
  /** Requests that have ended. */
  readonly done: number;
  /** Starts no more, and waits for those under way. */
  stop(): Promise<void>;
}

/** Runs `send` again and again in `lanes` lanes; `send` must not reject. */
export function startTraffic(lanes: number, send: (n: number) => Promise<void>): Traffic {
  let running = true;
  let next = 0;
  let done = 0;
  const lane = async (): Promise<void> => {
    while (running) {
      await send(next++);
      done += 1;
    }
  };
  const all = Promise.all(Array.from({ length: lanes }, lane));
  return {
    get done() {
      return done;
    },
    stop: async () => {
      running = false;
      await all;
    },
  };
}

/** Sends `perSecond` requests a second, whether or not earlier ones have ended. */
export function startPacedTraffic(perSecond: number, send: (n: number) => Promise<void>): Traffic {
  const under = new Set<Promise<void>>();
  let next = 0;
  let done = 0;
  const timer = setInterval(() => {
    const sent = send(next++).finally(() => {
      done += 1;
      under.delete(sent);
    });
    under.add(sent);
  }, 1000 / perSecond);
  return {
    get done() {
      return done;
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all(under);
    },
  };
}
