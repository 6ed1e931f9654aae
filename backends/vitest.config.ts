import { defineConfig } from 'vitest/config'

process.env.TZ = 'UTC'

/** Against real servers, one file after the other: each starts what it needs. */
export default defineConfig({
  resolve: { alias: { '@': `${import.meta.dirname}/..` } },
  test: {
    include: ['backends/**/*.backend.test.ts'],
    environment: 'node',
    passWithNoTests: false,
    fileParallelism: false,
    testTimeout: 120_000,
    // The first start of a server may have to build it.
    hookTimeout: 900_000,
  },
})
