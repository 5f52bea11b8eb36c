import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startScriptedModel } from '../../support/agent/scripted-model.js';
import type { ScriptedModel } from '../../support/agent/scripted-model.js';
import { programNamed } from '../../support/eras/clients/programs.js';
import { startGateway } from '../../support/gateway/gateway.js';
import type { Declarative, Gateway } from '../../support/gateway/gateway.js';
import type { ReceivedSpan } from '../../support/otlp/messages.js';
import { startOtlpReceiver } from '../../support/otlp/receiver.js';
import type { OtlpReceiver } from '../../support/otlp/receiver.js';
import { freePort } from '../../support/ports.js';
import { TestProcess } from '../../support/process.js';
import { projectFile } from '../../support/project.js';
import { until } from '../../support/readiness.js';
import { startIssuer } from '../../support/rig/issuer.js';
import type { Issuer } from '../../support/rig/issuer.js';
import { untilListed } from '../../support/rig/listed.js';
import { answer, startHttpFixture } from '../../support/upstreams/http-fixture.js';
import type { HttpFixture } from '../../support/upstreams/http-fixture.js';
import { transpile } from '../../support/upstreams/transpile.js';

const onKong = process.env['KONG_BIN'] !== undefined;
const folder = mkdtempSync(join(tmpdir(), 'agent-'));
const source = (name: string) => projectFile(`examples/agent/${name}`);
const typescript = transpile(folder, pathToFileURL(source('agent.ts')));
/** A Python with `mcp` 2.x and OpenTelemetry's SDK, where `.ci/clients` has prepared one. */
const python = programNamed('MCP_AGENT_PYTHON');
const agents = [
  ['agent.ts', process.execPath, typescript],
  ...(python === undefined ? [] : [['agent.py', python, source('agent.py')] as const]),
] as const;
const key = 'sk-of-the-gateway-4711';
const prompt = join(folder, 'prompt.txt');

describe('the agent of examples/agent', () => {
  let collector: OtlpReceiver;
  let weather: HttpFixture;
  let model: ScriptedModel;
  let issuer: Issuer;
  let gateway: Gateway;
  let token: string;

  beforeAll(async () => {
    writeFileSync(prompt, 'Do I need an umbrella in Rome?');
    const port = await freePort();
    const resource = `http://127.0.0.1:${port}/mcp`;
    [collector, weather, model, issuer] = await Promise.all([
      startOtlpReceiver(),
      startHttpFixture(),
      startScriptedModel('weather__forecast', { city: 'Rome' }),
      startIssuer([resource]),
    ]);
    weather.on('tools/list', (arrived, response) =>
      answer(arrived, response, '{"tools":[{"name":"forecast","inputSchema":{"type":"object"}}]}'),
    );
    weather.on('tools/call', (arrived, response) =>
      answer(arrived, response, '{"content":[{"type":"text","text":"rain from noon"}]}'),
    );
    gateway = await startGateway({
      port,
      declarative: configuration(port),
      env: collector.env,
      gatewayEnv: { OPENAI_AUTHORIZATION: `Bearer ${key}` },
      ...(onKong
        ? { conf: { tracing_instrumentations: 'request', tracing_sampling_rate: '1' } }
        : {}),
    });
    token = await issuer.token(resource);
    await untilListed(resource, ['weather__forecast'], { token });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([collector?.close(), weather?.close(), model?.close(), issuer?.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** The example's own, with the addresses of this test. */
  function configuration(port: number): Declarative {
    const text = readFileSync(source('kong.yml'), 'utf8')
      .replaceAll('http://127.0.0.1:8000', `http://127.0.0.1:${port}`)
      .replaceAll('https://login.example.com', issuer.url)
      .replaceAll('http://127.0.0.1:9101/mcp', weather.url)
      .replaceAll('https://api.openai.com/v1', model.url)
      .replaceAll('http://127.0.0.1:4318', collector.url);
    const { plugins, ...document } = parse(text) as Declarative & {
      readonly services: readonly { readonly name: string }[];
    };
    if (onKong) return { ...document, plugins };
    // The stand-in has no ai-proxy, nor opentelemetry.
    return { ...document, services: document.services.filter(({ name }) => name !== 'models') };
  }

  function run(command: string, script: string): TestProcess {
    const env = {
      GATEWAY_URL: gateway.url,
      AGENT_TOKEN: token,
      ...(onKong ? {} : { OPENAI_BASE_URL: model.url }),
      ...collector.env,
    };
    return new TestProcess(command, [script, prompt], { env });
  }

  /** Names from a span up to the first of its trace. */
  async function wayUp(spanId: string): Promise<readonly string[]> {
    const names: string[] = [];
    for (let id = spanId; id !== '';) {
      const span: ReceivedSpan = await collector.span((one) => one.spanId === id, `no span ${id}`);
      names.push(span.name);
      id = span.parentId;
    }
    return names;
  }

  it.each(agents)(
    '%s answers by the model and the tool, in one trace',
    async (_, command, script) => {
      const asked = model.asked.length;
      const child = run(command, script);
      expect(await child.exited, child.stderr).toBe(0);
      expect(child.stdout).toContain('Yes: ');
      expect(child.stdout).toContain('rain from noon');
      const called = weather.of('tools/call').at(-1)!;
      const { arguments: given } = called.params as { readonly arguments: unknown };
      expect(given).toEqual({ city: 'Rome' });
      const [, traceId = '', spanId = ''] = String(called.headers['traceparent']).split('-');
      const names = await wayUp(spanId);
      expect(names.slice(0, 2)).toEqual(['tools/call forecast', 'tools/call weather__forecast']);
      expect(names.slice(2)).toContain('execute_tool weather__forecast');
      expect(names.at(-1)).toBe('invoke_agent agent');
      const turns = model.asked.slice(asked);
      expect(turns).toHaveLength(2);
      for (const { headers } of turns) expect(String(headers['traceparent'])).toContain(traceId);
      const inTrace = () => collector.spans.filter((span) => span.traceId === traceId);
      const services = onKong ? ['agent', 'kong', 'kong-plugin-mcp'] : ['agent', 'kong-plugin-mcp'];
      const seen = () => new Set(inTrace().map(({ resource }) => resource['service.name']));
      await until(() => services.every((name) => seen().has(name)), { what: 'not one trace' });
      expect(inTrace().filter(({ parentId }) => parentId === '')).toHaveLength(1);
    },
  );

  it.runIf(onKong)('the model gets the gateway’s key, and never the agent’s token', () => {
    expect(model.asked.length).toBeGreaterThan(0);
    for (const { headers, body } of model.asked) {
      expect(headers.authorization).toBe(`Bearer ${key}`);
      expect(JSON.stringify(headers) + body).not.toContain(token);
    }
  });

  it.runIf(onKong)('without a token nobody reaches the model', async () => {
    const before = model.asked.length;
    const { status } = await fetch(gateway.at('/v1/chat/completions'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"messages":[{"role":"user","content":"hello"}]}',
    });
    expect(status).toBe(401);
    expect(model.asked).toHaveLength(before);
  });
});
