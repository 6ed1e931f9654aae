import { defineConfig } from 'vitest/config'

process.env.TZ = 'UTC'

export default defineConfig({
  resolve: { alias: { '@': import.meta.dirname } },
  test: {
    include: [
      'bench/**/*.test.ts',
      'lib/**/*.test.ts',
      'components/**/*.test.{ts,tsx}',
      'app/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    environment: 'node',
    passWithNoTests: false,
    testTimeout: 30_000,
  },
})
