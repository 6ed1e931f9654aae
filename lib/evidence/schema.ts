/**
 * zod as evidence uses it: without generated code. An exported file and its worker forbid that, and the mere attempt would be reported as a
 * violation of the content security policy.
 */
import { z } from 'zod'

z.config({ jitless: true })

export { z }
