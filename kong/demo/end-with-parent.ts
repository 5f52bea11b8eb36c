/** Loaded before each process of the demo (`node --import`): none of them outlives it. */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
