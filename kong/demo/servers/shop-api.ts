import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { shopDocument } from './shop-document.js';

export interface ShopApi {
  readonly url: string;
  /** Its OpenAPI document, as text. */
  readonly document: string;
  close(): Promise<void>;
}

interface Product {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly price: number;
}

const products: readonly Product[] = [
  { id: 1, name: 'Teapot', category: 'kitchen', price: 24.5 },
  { id: 2, name: 'Lamp', category: 'home', price: 39 },
  { id: 3, name: 'Whisk', category: 'kitchen', price: 7.9 },
];

/** A REST API of the demo on a free loopback port: a few products. */
export async function startShopApi(): Promise<ShopApi> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://shop');
    if (request.method !== 'GET') return answer(response, 405, { error: 'only GET is served' });
    if (pathname === '/products') {
      const category = searchParams.get('category');
      const found = products.filter((one) => category === null || one.category === category);
      return answer(response, 200, { products: found });
    }
    const id = /^\/products\/(\d+)$/.exec(pathname)?.[1];
    const product = products.find((one) => String(one.id) === id);
    if (product === undefined) return answer(response, 404, { error: 'there is no such product' });
    return answer(response, 200, product);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    document: JSON.stringify(shopDocument),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
