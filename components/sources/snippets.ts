/** Copy-and-paste set-up, with this instance's own addresses. Pure. */

export interface Addresses {
  /** Host name under which the reader reached this instance. */
  readonly host: string
  /** Origin of the web port, `http://host:3000`. */
  readonly origin: string
  readonly otlpHttpPort: number
  readonly otlpGrpcPort: number
}

export interface Snippet {
  readonly file: string
  readonly text: string
}

export interface Recipe {
  readonly id: string
  readonly label: string
  readonly intro: string
  readonly snippets: readonly Snippet[]
}

export function recipes(at: Addresses): readonly Recipe[] {
  const otlp = `http://${at.host}:${at.otlpHttpPort}`
  return [
    {
      id: 'elixir',
      label: 'Elixir traces',
      intro:
        'Spans leave an Elixir release by the OpenTelemetry exporter. Elixir messages carry no metadata: wrap each in an envelope that holds the trace context and the time at which it was queued, so that the wait in the mailbox can be shown.',
      snippets: [
        {
          file: 'mix.exs',
          text: `defp deps do
  [
    {:opentelemetry_exporter, "~> 1.8"},
    {:opentelemetry, "~> 1.5"},
    {:opentelemetry_api, "~> 1.4"}
  ]
end

# in project/0: the exporter must be up before the SDK, and outlive it
releases: [
  my_app: [applications: [opentelemetry_exporter: :permanent, opentelemetry: :temporary]]
]`,
        },
        {
          file: 'config/runtime.exs',
          text: `config :opentelemetry,
  span_processor: :batch,
  traces_exporter: :otlp,
  resource: [
    service: [name: "guilds", instance: [id: System.get_env("RELEASE_NODE", "nonode@nohost")]]
  ]

config :opentelemetry_exporter,
  otlp_protocol: :http_protobuf,
  otlp_compression: :gzip,
  otlp_endpoint: "${otlp}"`,
        },
        {
          file: 'lib/my_app/envelope.ex',
          text: `defmodule MyApp.Envelope do
  @moduledoc "A message together with its trace context and the time at which it was queued."
  require OpenTelemetry.Tracer, as: Tracer

  defstruct [:message, :carrier, :enqueued]

  # In the sender: send(guild, MyApp.Envelope.wrap(message))
  def wrap(message) do
    %__MODULE__{
      message: message,
      carrier: :otel_propagator_text_map.inject([]),
      enqueued: System.system_time(:nanosecond)
    }
  end

  # In the guild: def handle_info(%MyApp.Envelope{} = envelope, state), do:
  #   MyApp.Envelope.run(envelope, "message_create", state.guild_id, &handle(&1, state))
  def run(%__MODULE__{} = envelope, action, guild_id, fun) do
    {:message_queue_len, depth} = Process.info(self(), :message_queue_len)
    token = :otel_propagator_text_map.extract(envelope.carrier)

    try do
      Tracer.with_span "guild.handle", %{
        attributes: %{
          "guild.id" => guild_id,
          "guild.action" => action,
          "guild.stage" => "guild",
          "guild.enqueued_unix_nano" => envelope.enqueued,
          "guild.mailbox.depth" => depth,
          "beam.pid" => List.to_string(:erlang.pid_to_list(self()))
        }
      } do
        fun.(envelope.message)
      end
    after
      OpenTelemetry.Ctx.detach(token)
    end
  end
end`,
        },
      ],
    },
    {
      id: 'timings',
      label: 'Guild timings',
      intro:
        'For each guild, minute and action type: how much of that minute the guild spent on it. A sample states the total so far and replaces the one before, so the running minute may be sent every few seconds. Only guildId, minute, action and busyUs are required.',
      snippets: [
        {
          file: 'shell',
          text: `curl -sS ${at.origin}/v1/timings -H 'content-type: application/json' -d '{"samples":[{
  "guildId": "81384788765712384", "guildName": "Pixel Arena", "node": "guilds@10.0.0.7",
  "minute": "'"$(date -u +%Y-%m-%dT%H:%M:00Z)"'", "action": "message_create",
  "busyUs": 14200000, "count": 21800, "waitUsTotal": 9120000, "waitUsMax": 41000, "sessions": 12000
}]}'`,
        },
        {
          file: 'lib/my_app/timings.ex',
          text: `# Req posts the totals of this minute; :counters or an ETS table per guild holds them.
def report(samples) do
  Req.post!("${at.origin}/v1/timings",
    json: %{
      samples:
        for s <- samples do
          %{
            guildId: to_string(s.guild_id),
            minute: DateTime.to_iso8601(%{s.minute | second: 0, microsecond: {0, 0}}),
            node: to_string(node()),
            action: s.action,
            busyUs: s.busy_us,
            count: s.count,
            waitUsTotal: s.wait_us_total,
            waitUsMax: s.wait_us_max,
            sessions: s.sessions
          }
        end
    }
  )
end`,
        },
      ],
    },
    {
      id: 'javascript',
      label: 'JavaScript',
      intro: 'Any OpenTelemetry SDK works; this is the one for Node.',
      snippets: [
        {
          file: 'tracing.mjs',
          text: `import { NodeSDK } from '@opentelemetry/sdk-node'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'

const sdk = new NodeSDK({
  serviceName: 'gateway',
  traceExporter: new OTLPTraceExporter({ url: '${otlp}/v1/traces' }),
})
sdk.start()
process.once('SIGTERM', () => sdk.shutdown())`,
        },
      ],
    },
    {
      id: 'collector',
      label: 'Collector',
      intro: 'An OpenTelemetry Collector that already gathers spans can send them here too.',
      snippets: [
        {
          file: 'collector.yaml',
          text: `exporters:
  otlphttp/guildscope:
    endpoint: ${otlp}
    compression: gzip
  # or over gRPC
  otlp/guildscope:
    endpoint: ${at.host}:${at.otlpGrpcPort}
    tls:
      insecure: true

service:
  pipelines:
    traces:
      exporters: [otlphttp/guildscope]`,
        },
      ],
    },
  ]
}

/** Attributes Guildscope reads, most useful first; each key can be remapped in the configuration. */
export const ATTRIBUTES: readonly { readonly key: string; readonly meaning: string }[] = [
  { key: 'guild.id', meaning: 'which guild the work is for (string or integer)' },
  { key: 'guild.action', meaning: 'the action type: message_create, connect, …; else the span’s name' },
  { key: 'guild.stage', meaning: 'client, api, guild, relay, session or gateway; else from service.name' },
  { key: 'guild.enqueued_unix_nano', meaning: 'when the message entered the mailbox: wait = start − this' },
  { key: 'guild.mailbox.depth', meaning: 'messages in the mailbox when this one was taken out' },
  { key: 'fanout.recipients', meaning: 'how many sessions a fan-out addressed' },
  { key: 'fanout.keep_rate', meaning: 'with which its session spans were kept, in (0, 1]' },
  { key: 'guild.relay.id', meaning: 'which relay' },
  { key: 'guild.sessions', meaning: 'connected sessions of the guild' },
  { key: 'service.instance.id', meaning: 'the BEAM node (resource attribute)' },
]
