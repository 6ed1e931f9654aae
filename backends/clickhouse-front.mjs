/**
 * ClickHouse's engine (chdb) behind as much of ClickHouse's HTTP interface as the tests need, in a process of its own: one data folder, any
 * number of clients. Only for tests. What the embedded engine lacks is imitated here and nowhere else: `readonly`, `KILL QUERY`
 * (of streams), status codes, the exception at the end of a body that has begun.
 */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'
import { Session } from 'chdb'

// What chdb's own `insert` calls, without its list of allowed settings: a body goes to the engine as the bytes it is.
const engine = createRequire(import.meta.url)('@chdb/lib-linux-x64-gnu/chdb_node.node')

const [folder, port] = process.argv.slice(2)
const FRONT_ONLY = new Set([
  'database',
  'query',
  'query_id',
  'session_id',
  'default_format',
  'readonly',
  'user',
  'password',
])
const HTTP_SETTING =
  /^(http_|send_progress_in_http|wait_end_of_query|buffer_size|compress|enable_http|cancel_http_readonly)/
const READS = /^\s*(select|with|show|describe|desc|explain|exists)\b/i
const STATUS = { 60: 404, 81: 404, 46: 404, 47: 404, 62: 400, 36: 400, 27: 400, 164: 403, 241: 500, 159: 408, 394: 500 }
/** Connections that nobody uses now. */
const idle = []
const running = new Map()

class Refused extends Error {}

async function borrow(database, work) {
  const held = idle.pop() ?? { session: new Session(folder), database: 'default' }
  try {
    if (held.database !== database) {
      await held.session.queryAsync(`USE \`${database.replaceAll('`', '\\`')}\``)
      held.database = database
    }
    return await work(held.session)
  } finally {
    idle.push(held)
  }
}

/** A text as the HTTP interface takes it: tab-separated escapes. */
function unescaped(text) {
  return text.replace(/\\(.)/gs, (_, c) => ({ t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', 0: '\0' })[c] ?? c)
}

function codeOf(error) {
  return error.clickhouseCode ?? Number(/Code: (\d+)/.exec(error.message)?.[1] ?? 1002)
}

function settingsOf(search) {
  const settings = []
  for (const [key, value] of search) {
    if (FRONT_ONLY.has(key) || key.startsWith('param_') || HTTP_SETTING.test(key)) continue
    if (!/^[a-z_0-9]+$/i.test(key))
      throw new Refused(`Code: 115. DB::Exception: Unknown setting '${key}'. (UNKNOWN_SETTING)`)
    settings.push(`${key} = ${/^-?\d+(\.\d+)?$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`}`)
  }
  return settings.join(', ')
}

async function body(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
}

async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://front')
  if (pathname === '/ping') return response.end('Ok.\n')
  const sent = await body(request)
  const asked = searchParams.get('query')
  const settings = settingsOf(searchParams)
  if (asked !== null && sent.length > 0 && /^\s*INSERT\s+INTO\s[\s\S]*\sFORMAT\s+\w+\s*$/i.test(asked))
    return borrow(searchParams.get('database') ?? 'default', (session) =>
      insert(session, asked, sent, settings, response),
    )
  const sql = asked === null ? sent.toString() : sent.length === 0 ? asked : `${asked}\n${sent}`
  if (sql.trim() === '') return response.end('Ok.\n')
  const id = searchParams.get('query_id') ?? randomUUID()
  response.setHeader('X-ClickHouse-Query-Id', id)
  const params = {}
  for (const [key, value] of searchParams) if (key.startsWith('param_')) params[key.slice(6)] = unescaped(value)
  if (/^\s*kill\s+query/i.test(sql)) {
    for (const wanted of [...Object.values(params), /query_id\s*=\s*'([^']*)'/i.exec(sql)?.[1]])
      running.get(wanted)?.abort()
    return response.end()
  }
  const reads = READS.test(sql)
  if (Number(searchParams.get('readonly') ?? 0) > 0 && !reads)
    throw new Refused('Code: 164. DB::Exception: Cannot execute query in readonly mode. (READONLY)')
  const stop = new AbortController()
  running.set(id, stop)
  response.on('close', () => stop.abort())
  try {
    await borrow(searchParams.get('database') ?? 'default', (session) =>
      reads
        ? stream(session, sql, params, settings, searchParams.get('default_format'), stop.signal, response)
        : write(session, sql, params, settings, response),
    )
  } finally {
    running.delete(id)
  }
}

async function stream(session, sql, params, settings, otherwise, signal, response) {
  const text = sql.trim().replace(/;$/, '')
  const named = /\bFORMAT\s+(\w+)(\s+SETTINGS\b.*)?$/is.exec(text)
  const format = named?.[1] ?? otherwise ?? 'TabSeparated'
  const own = named?.[2] !== undefined || /\bSETTINGS\s+\w+\s*=[^()]*$/i.test(text)
  const full = settings === '' ? text : `${text}${own ? ', ' : ' SETTINGS '}${settings}`
  const rows = session.queryStreamBind(full, params, { format, signal })[Symbol.asyncIterator]()
  let begun = false
  const begin = () => {
    begun = true
    response.setHeader('X-ClickHouse-Format', format)
    response.setHeader(
      'Content-Type',
      format.startsWith('JSON') ? 'application/json; charset=UTF-8' : 'application/octet-stream',
    )
  }
  try {
    for (let next = await rows.next(); !next.done; next = await rows.next()) {
      if (!begun) begin()
      if (!response.write(next.value.raw())) await Promise.race([once(response, 'drain'), once(response, 'close')])
      if (response.destroyed) return void (await rows.return?.())
    }
  } catch (error) {
    if (!begun) throw error
    // As the server does once rows are on their way: the sentence in the body, and no proper end.
    response.write(`${error.message.trim()}\n`, () => response.destroy())
    return
  }
  if (!begun) begin()
  response.end()
}

/** Rows of a text format: of a binary one the engine would take two line ends for the end of the rows. */
async function insert(session, sql, rows, settings, response) {
  const [, statement, format] = /^([\s\S]*?)\s+FORMAT\s+(\w+)\s*$/i.exec(sql)
  const full = settings === '' ? sql : `${statement} SETTINGS ${settings} FORMAT ${format}`
  await engine.InsertRawAsyncConnection(session.connection, full, rows, false)
  response.end()
}

async function write(session, sql, params, settings, response) {
  const insert = /^(\s*INSERT\s+INTO\s[\s\S]*?)\s+FORMAT\s+(\w+)\s*\n?/i.exec(sql)
  if (insert !== null && sql.slice(insert[0].length).trim() === '') return response.end()
  const full =
    settings === ''
      ? sql
      : insert === null
        ? /^\s*insert\s+into\b[\s\S]*?\bselect\b/i.test(sql)
          ? `${sql.trim().replace(/;$/, '')} SETTINGS ${settings}`
          : sql
        : `${insert[1]} SETTINGS ${settings} FORMAT ${insert[2]}\n${sql.slice(insert[0].length)}`
  const result =
    Object.keys(params).length === 0 ? await session.queryAsync(full) : await session.queryBindAsync(full, params)
  response.end(result.bytes())
}

// ClickHouse takes addresses of 1 MiB (`http_max_uri_size`): bound parameters stand in them.
const server = createServer({ maxHeaderSize: 2 ** 20 }, (request, response) => {
  answer(request, response).catch((error) => {
    if (response.headersSent || response.destroyed) return response.destroy()
    const code = codeOf(error)
    response.statusCode = STATUS[code] ?? 500
    response.setHeader('X-ClickHouse-Exception-Code', String(code))
    response.setHeader('Content-Type', 'text/plain; charset=UTF-8')
    response.end(`${error.message.trim()}\n`)
  })
})
server.requestTimeout = 0
server.listen(Number(port), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
