/**
 * An MCP server over stdio, run as a child process (see `stdio-fixture.ts`), good by default.
 * `MODE` makes it misbehave at start; the tools make it do so in a call.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const mode = process.env['MODE'] ?? '';
const journal = process.env['JOURNAL'];

/** Tells the test what happens here. */
function record(line: string): void {
  if (journal) appendFileSync(journal, `${line}\n`);
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

record(`start ${process.pid}`);
if (mode === 'exit') process.exit(3);
if (mode === 'stubborn') process.on('SIGTERM', () => record('sigterm'));
if (mode === 'garbage') write('Welcome to the server!\n{"not":"a message"}\n\uFEFF');
if (mode === 'mark') process.stdout.write('\uFEFF');
if (mode === 'stderr') process.stderr.write(`the secret is ${process.env['SECRET'] ?? ''}\n`);

const questions = new Map<string, (answer: string) => void>();

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever a test sent
function callTool(id: string, params: any): void {
  const { name, arguments: input = {}, _meta: meta } = params;
  const done = (text: string) =>
    write(
      `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":${JSON.stringify(text)}}]}}`,
    );
  switch (name) {
    case 'echo':
      return done(input.text ?? '');
    case 'argv':
      return done(JSON.stringify(process.argv.slice(2)));
    case 'env':
      return done(JSON.stringify(process.env));
    case 'look':
      return void look(input).then((seen) => done(JSON.stringify(seen)));
    case 'raw':
      for (const line of input.lines as string[]) {
        write(line.replaceAll('$ID', id).replaceAll('$TOKEN', JSON.stringify(meta?.progressToken)));
      }
      return;
    case 'large': {
      const payload = `{"content":[],"filler":"${'x'.repeat(input.bytes)}"}`;
      return write(
        input.idFirst
          ? `{"jsonrpc":"2.0","id":${id},"result":${payload}}`
          : `{"result":${payload},"jsonrpc":"2.0","id":${id}}`,
      );
    }
    case 'pid':
      return done(String(process.pid));
    case 'ask': {
      const question = `q-${questions.size + 1}`;
      questions.set(question, done);
      const { method, params: asked } = input;
      return write(JSON.stringify({ jsonrpc: '2.0', id: question, method, params: asked }));
    }
    case 'escaped': {
      // Leaves the process group, and holds our stdout.
      const stdio = ['ignore', 'inherit', 'ignore'] as const;
      const script = 'setInterval(() => {}, 1000)';
      const child = spawn(process.execPath, ['-e', script], { stdio: [...stdio], detached: true });
      child.unref();
      return done(String(child.pid));
    }
    case 'grandchild': {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      return done(String(child.pid));
    }
    case 'pour':
      return pour(Buffer.alloc(1_048_576, 'x'), 100);
    case 'flood':
      return flood(JSON.stringify(meta?.progressToken));
    case 'babble':
      return babble(input.what);
    case 'die':
      process.exit(7);
    // falls through: exit does not return
    case 'hang':
      return;
    default:
      return write(
        `{"jsonrpc":"2.0","id":${id},"error":{"code":-32602,"message":"unknown","data":{"big":9007199254740993}}}`,
      );
  }
}

/** Who it is, and whether it can read files and connect to a socket: `ok`, or why not. */
async function look(at: { readonly files: readonly string[]; readonly socket: string }) {
  const files = at.files.map((file) => {
    try {
      return readFileSync(file).length > 0 ? 'ok' : 'empty';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    }
  });
  const socket = await new Promise((resolve) => {
    const connection = connect(at.socket, () => {
      connection.destroy();
      resolve('ok');
    });
    connection.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  const [uid, gid, groups] = [process.getuid?.(), process.getgid?.(), process.getgroups?.()];
  return { uid, gid, groups, home: process.env['HOME'], parent: process.ppid, files, socket };
}

/** Megabytes without the end of a line. */
function pour(piece: Buffer, count: number): void {
  if (count > 0) process.stdout.write(piece, () => pour(piece, count - 1));
}

function flood(token: string): void {
  const progress = `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${token},"progress":1}}\n`;
  writeForEver(process.stdout, progress.repeat(1000));
}

/** What no call waits for, without end. */
function babble(what: string): void {
  const texts: Record<string, string> = {
    garbage: 'INFO all is well\n',
    pings: '{"jsonrpc":"2.0","id":"p","method":"ping"}\n',
    answers: '{"jsonrpc":"2.0","id":123456,"result":{}}\n',
    changes: '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n',
    bytes: 'x'.repeat(1000),
    errors: 'something is wrong\n',
  };
  const out = what === 'errors' ? process.stderr : process.stdout;
  writeForEver(out, texts[what]!.repeat(100));
}

function writeForEver(out: NodeJS.WriteStream, text: string): void {
  const more = () => void out.write(text, more);
  more();
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    record(line);
    if (mode === 'silent') return;
    const message = JSON.parse(line);
    const id = JSON.stringify(message.id);
    if (message.method === undefined) questions.get(message.id)?.(line);
    if (message.method === 'server/discover') {
      write(`{"jsonrpc":"2.0","id":${id},"error":{"code":-32601,"message":"Method not found"}}`);
    }
    if (message.method === 'initialize') {
      const revision = process.env['REVISION'] ?? '2025-11-25';
      write(
        `{"jsonrpc":"2.0","id":${id},"result":{"protocolVersion":"${revision}","capabilities":${process.env['CAPABILITIES'] ?? '{"tools":{}}'},"serverInfo":{"name":"fixture","version":"1"}}}`,
      );
    }
    if (/^logging\/setLevel$|subscribe$/.test(message.method))
      write(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
    if (message.method === 'tools/list') {
      const names = (process.env['TOOLS'] ?? '').split(',').filter(Boolean);
      const tools = names.map((name) => ({ name, inputSchema: { type: 'object' } }));
      write(`{"jsonrpc":"2.0","id":${id},"result":{"tools":${JSON.stringify(tools)}}}`);
    }
    if (message.method === 'notifications/cancelled') {
      write(`{"jsonrpc":"2.0","id":${message.params.requestId},"result":{"content":[]}}`);
    }
    if (message.method === 'tools/call') callTool(id, message.params);
  })
  .on('close', () => {
    record('stdin closed');
    if (mode === 'stubborn') setInterval(() => {}, 1000);
    else process.exit(0);
  });
