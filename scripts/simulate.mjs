// Runs the simulator (lib/simulator/cli.ts) in this process: tsx teaches Node to read TypeScript.
import { register } from 'tsx/esm/api'

register()
await import('../lib/simulator/cli.ts')
