import http from 'node:http'

// The fields of one connection, which a proxy does not pass on (RFC 9110 section 7.6.1).
const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te', 'host'])

// The raw [name, value, name, value, …] list without those.
function endToEnd (raw) {
  const kept = []
  for (let i = 0; i < raw.length; i += 2) {
    if (!hopByHop.has(raw[i].toLowerCase())) kept.push(raw[i], raw[i + 1])
  }
  return kept
}

// shim returns a request listener that asks the front's /v1/raw for the origin's URL.
export function shim (front, origin) {
  const agent = new http.Agent({ keepAlive: true })
  return (request, response) => {
    const target = new URL('/v1/raw', front)
    target.searchParams.set('url', origin + request.url)
    target.searchParams.set('redirect', 'manual')
    const length = request.headers['transfer-encoding'] ? ['Transfer-Encoding', 'chunked'] : []
    const forwarded = http.request(target, {
      agent,
      method: request.method,
      headers: ['Host', target.host, ...endToEnd(request.rawHeaders), ...length]
    })
    forwarded.on('information', interim => {
      if (interim.statusCode === 102) response.writeProcessing()
      else if (interim.statusCode === 103) response.writeEarlyHints(interim.headers)
    })
    forwarded.on('response', answer => {
      response.sendDate = false
      response.writeHead(answer.statusCode, answer.statusMessage, endToEnd(answer.rawHeaders))
      answer.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    request.pipe(forwarded)
  }
}
