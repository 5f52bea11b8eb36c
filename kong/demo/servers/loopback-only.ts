import { Server } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * Loaded before a demo server (`node --import`): server-everything listens on all interfaces and
 * cannot be told otherwise. Tells the parent the port.
 */
type Listen = (this: Server, ...args: unknown[]) => Server;

const listen = Reflect.get(Server.prototype, 'listen') as Listen;

function listenOnLoopback(this: Server, port: unknown, ...rest: unknown[]): Server {
  const callback = rest.find((argument) => typeof argument === 'function');
  this.once('listening', () => process.send?.({ port: (this.address() as AddressInfo).port }));
  return listen.call(this, { port: Number(port), host: '127.0.0.1' }, callback);
}

Reflect.set(Server.prototype, 'listen', listenOnLoopback);
