// Runs the public conformance suite for HTTP caches (http-cache-tests, BSD-3-Clause) against a
// front that answers /v1/raw?url=U, and prints {"test id": {kind, result, why}} as JSON.
//
//   node run.mjs --front http://127.0.0.1:8080 [--port 8000] [--id ID]
//
// The suite's client wants a reverse proxy, so a shim stands before the front that turns each
// request for /P into one for /v1/raw?url=http://origin/P and changes nothing else.
// --port is the origin's, where the front must know it beforehand; by default any free one.
// With --id one test runs and its messages go to the standard error.
import http from 'node:http'
import { parseArgs } from 'node:util'
import fetch from 'node-fetch'
import { runTests, getResults } from 'http-cache-tests/client/runner.mjs'
import handleConfig from 'http-cache-tests/server/handle-config.mjs'
import handleState from 'http-cache-tests/server/handle-state.mjs'
import handleTest from 'http-cache-tests/server/handle-test.mjs'
import tests from 'http-cache-tests/tests/index.mjs'
import { judge } from './judge.mjs'
import { shim } from './shim.mjs'

const { values: options } = parseArgs({
  options: {
    front: { type: 'string' },
    port: { type: 'string', default: '0' },
    id: { type: 'string' },
    // Modules whose default export is one more group of tests, for measuring.
    extra: { type: 'string', multiple: true, default: [] }
  }
})
if (!options.front) {
  console.error('usage: node run.mjs --front URL [--port N] [--id ID]')
  process.exit(2)
}

// The suite logs to the standard output, which is the results' alone.
console.log = console.error

function origin (request, response) {
  const [, what, ...rest] = new URL(request.url, 'http://origin').pathname.split('/')
  const handle = { config: handleConfig, state: handleState, test: handleTest }[what]
  if (handle) return handle(rest, request, response)
  response.writeHead(404).end()
}

function listen (server, port) {
  return new Promise(resolve => server.listen(port, '127.0.0.1', () => {
    resolve(`http://127.0.0.1:${server.address().port}`)
  }))
}

for (const path of options.extra) tests.push((await import(path)).default)
const groups = options.id
  ? tests.map(group => ({ ...group, tests: group.tests.filter(test => test.id === options.id) }))
  : tests
for (const group of groups) for (const test of group.tests) test.dump = Boolean(options.id)

const originServer = http.createServer(origin)
const originURL = await listen(originServer, Number(options.port))
const shimServer = http.createServer(shim(options.front, originURL))
const base = await listen(shimServer, 0)
await runTests(groups, fetch, false, base)
process.stdout.write(JSON.stringify(judge(tests, getResults()), null, 2) + '\n')
process.exit(0)
