import { rmSync } from 'node:fs'
import { defineConfig } from '@playwright/test'
import { DATA_DIR, GRPC_PORT, HTTP_PORT, ORIGIN, TRUTH_FILE, WEB_PORT } from './instance'

// Before the server starts, once: Playwright loads this file again in each worker, with TEST_WORKER_INDEX set.
if (process.env.TEST_WORKER_INDEX === undefined) {
  for (const old of [DATA_DIR, TRUTH_FILE]) rmSync(old, { recursive: true, force: true })
}

const STORY = ['tasks.spec.ts', 'api.spec.ts']

/**
 * One server with real ports of its own, fed by the real simulator (see setup.ts). Two files run at a time, each in a browser of its
 * own; the tests of a file run one after the other. A spec that starts a server of its own has ports that no other file has.
 */
export default defineConfig({
  testDir: '.',
  // The shared story goes on while the tests run: what it must still be in the middle of comes first.
  projects: [
    { name: 'story', testMatch: STORY, workers: 1 },
    { name: 'rest', testMatch: '*.spec.ts', testIgnore: STORY },
  ],
  outputDir: '../test-results',
  workers: 2,
  fullyParallel: false,
  forbidOnly: true,
  // On a judge's machine a test that fails once is told as flaky, and fails if it fails again.
  retries: process.env.CI === undefined ? 0 : 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  globalSetup: './setup.ts',
  use: {
    baseURL: ORIGIN,
    viewport: { width: 1440, height: 900 },
    timezoneId: 'UTC',
    locale: 'en-GB',
    colorScheme: 'dark',
    // A trace of every test doubles the time of all. One that failed: `--trace on` (docs/contributing.md).
    trace: 'on-first-retry',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.GUILDSCOPE_CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--no-first-run',
      ],
    },
  },
  webServer: {
    command: `${process.execPath} scripts/start.mjs`,
    cwd: `${import.meta.dirname}/..`,
    url: `${ORIGIN}/api/health`,
    timeout: 120_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
    env: {
      PORT: String(WEB_PORT),
      GUILDSCOPE_OTLP_HTTP_PORT: String(HTTP_PORT),
      GUILDSCOPE_OTLP_GRPC_PORT: String(GRPC_PORT),
      GUILDSCOPE_DATA_DIR: DATA_DIR,
    },
  },
})
