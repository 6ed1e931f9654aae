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
    // On a judge's machine a test that fails once is told as such and repeated; it fails if it fails again.
    retry: process.env.CI === undefined ? 0 : 1,
    testTimeout: 120_000,
    // The first start of a server may have to build it.
    hookTimeout: 900_000,
  },
})
