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
    // Vitest leaves one processor to itself, which is half of a small machine.
    maxWorkers: '100%',
    passWithNoTests: false,
    testTimeout: 30_000,
  },
})
