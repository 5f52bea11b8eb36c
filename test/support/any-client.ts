/** The clients of both SDK lines under one interface, so that a test drives any of them. */
export type { Answers, AnyClient, Connect } from './any-client/contract.js';
export { connectFirst, connectFirstBy, connectFirstSse } from './any-client/first.js';
export { connectNext, connectNextAs } from './any-client/next.js';
