/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Types are checked by a step of the tests, over more files than the build sees.
  typescript: { ignoreBuildErrors: true },
  turbopack: { root: import.meta.dirname },
  serverExternalPackages: ['@duckdb/node-api', '@duckdb/node-bindings', '@grpc/grpc-js', '@napi-rs/canvas', 'undici'],
  // Every chat has its own robot, and our tags cost nothing: they stand in the head for all.
  htmlLimitedBots: /.*/,
  // Payloads that are worth compressing are compressed by their own routes, off the main thread.
  compress: false,
}

export default config
