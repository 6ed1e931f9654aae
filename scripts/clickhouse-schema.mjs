/** `npm run clickhouse:schema` (lib/clickstore/schema-cli.ts) in this process; tsx teaches Node to read TypeScript. */
import { ensureInstalled } from './bootstrap.mjs'

await ensureInstalled()
const { register } = await import('tsx/esm/api')
register()
await import('../lib/clickstore/schema-cli.ts')
