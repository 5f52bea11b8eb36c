import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

const Book = z
  .object({
    id: z.number().int(),
    title: z.string().min(1),
    pages: z.number().int().positive().nullable(),
    tags: z.array(z.string()).default([]),
  })
  .openapi('Book');
const NewBook = Book.omit({ id: true });
const Id = z.object({ id: z.coerce.number().int() });
const missing = { description: 'There is none.' };
const ok = <T extends z.ZodType>(schema: T) => ({
  description: 'OK',
  content: { 'application/json': { schema } },
});
const body = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});
const needs = (scope: string) => [{ login: [scope] }];

export interface FrameworkApi {
  readonly url: string;
  /** The document that the framework makes of its routes. */
  readonly document: string;
  /** Header fields of each request, in order. */
  readonly seen: IncomingHttpHeaders[];
  close(): Promise<void>;
}

/** A library of books: routes of a framework that checks what it gets, and describes itself. */
export async function startFrameworkApi(name = 'library'): Promise<FrameworkApi> {
  const seen: IncomingHttpHeaders[] = [];
  const app = makeApp(name);
  const listener = getRequestListener(app.fetch);
  const server = createServer((request, response) => {
    seen.push(request.headers);
    void listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  app.openAPIRegistry.registerComponent('securitySchemes', 'login', { type: 'oauth2', flows: {} });
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Library', version: '1' },
  });
  return {
    url: `http://127.0.0.1:${port}`,
    document: JSON.stringify(document),
    seen,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function makeApp(name: string): OpenAPIHono {
  const app = new OpenAPIHono();
  const books = new Map<number, z.infer<typeof Book>>();
  const list = createRoute({
    method: 'get',
    path: '/books',
    operationId: 'listBooks',
    request: {
      query: z.object({ tag: z.string().optional(), limit: z.coerce.number().int().default(10) }),
    },
    responses: { 200: ok(z.object({ from: z.string(), books: z.array(Book) })) },
  });
  app.openapi(list, (c) => {
    const { tag, limit } = c.req.valid('query');
    const found = [...books.values()].filter(({ tags }) => tag === undefined || tags.includes(tag));
    return c.json({ from: name, books: found.slice(0, limit) }, 200);
  });
  const create = createRoute({
    method: 'post',
    path: '/books',
    operationId: 'addBook',
    security: needs('books:write'),
    request: body(NewBook),
    responses: { 201: ok(Book) },
  });
  app.openapi(create, (c) => {
    const book = { id: books.size + 1, ...c.req.valid('json') };
    books.set(book.id, book);
    return c.json(book, 201);
  });
  addItem(app, books);
  addFiles(app);
  return app;
}

function addItem(app: OpenAPIHono, books: Map<number, z.infer<typeof Book>>): void {
  const one = { path: '/books/{id}', request: { params: Id } };
  const get = createRoute({
    method: 'get',
    operationId: 'getBook',
    ...one,
    responses: { 200: ok(Book), 404: missing },
  });
  app.openapi(get, (c) => {
    const book = books.get(c.req.valid('param').id);
    return book ? c.json(book, 200) : c.text('No such book.', 404);
  });
  const put = createRoute({
    method: 'put',
    operationId: 'replaceBook',
    ...one,
    request: { params: Id, ...body(NewBook) },
    responses: { 200: ok(Book) },
  });
  app.openapi(put, (c) => {
    const book = { id: c.req.valid('param').id, ...c.req.valid('json') };
    books.set(book.id, book);
    return c.json(book, 200);
  });
  const remove = createRoute({
    method: 'delete',
    operationId: 'removeBook',
    ...one,
    responses: { 204: { description: 'Gone.' } },
  });
  app.openapi(remove, (c) => {
    books.delete(c.req.valid('param').id);
    return c.body(null, 204);
  });
}

function addFiles(app: OpenAPIHono): void {
  const file = z.custom<File>().openapi({ type: 'string', format: 'binary' });
  const upload = createRoute({
    method: 'post',
    path: '/covers',
    operationId: 'addCover',
    request: {
      body: {
        required: true,
        content: { 'multipart/form-data': { schema: z.object({ file, note: z.string() }) } },
      },
    },
    responses: {
      200: ok(z.object({ name: z.string(), type: z.string(), size: z.number(), note: z.string() })),
    },
  });
  app.openapi(upload, async (c) => {
    const { file: given, note } = await c.req.parseBody();
    const { name, type, size } = given as File;
    return c.json({ name, type, size, note: note as string }, 200);
  });
  const png = {
    description: 'A picture.',
    content: { 'image/png': { schema: { type: 'string' as const, format: 'binary' } } },
  };
  const cover = createRoute({
    method: 'get',
    path: '/covers/{id}',
    operationId: 'getCover',
    request: { params: Id },
    responses: { 200: png },
  });
  app.openapi(
    cover,
    (c) => c.body(new Uint8Array([137, 80, 78, 71]), 200, { 'content-type': 'image/png' }) as never,
  );
}
