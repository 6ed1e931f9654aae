import type { ReceiverStatus } from '../model/instance.ts'

/** Counts what one receiver does, for `/sources`. */
export class ReceiverMeter {
  private readonly name: ReceiverStatus['name']
  private port: number
  private state: ReceiverStatus['state'] = 'off'
  private sentence: string | undefined
  private requests = 0
  private acceptedCount = 0
  private rejectedCount = 0
  private bytes = 0
  private lastReceivedMs: number | undefined
  private lastError: string | undefined

  constructor(name: ReceiverStatus['name'], port: number) {
    this.name = name
    this.port = port
  }

  listening(port: number): void {
    this.state = 'listening'
    this.port = port
    this.sentence = undefined
  }

  failed(sentence: string): void {
    this.state = 'failed'
    this.sentence = sentence
  }

  closed(): void {
    this.state = 'off'
  }

  /** A request whose body of `bytes` (decompressed) arrived whole. */
  received(bytes: number): void {
    this.requests++
    this.bytes += bytes
    this.lastReceivedMs = Date.now()
  }

  answered(accepted: number, rejected: number, reason: string | undefined): void {
    this.acceptedCount += accepted
    this.rejectedCount += rejected
    if (reason !== undefined) this.lastError = reason
  }

  /** A request that was refused whole. */
  refused(sentence: string): void {
    this.lastError = sentence
  }

  status(): ReceiverStatus {
    return {
      name: this.name,
      port: this.port,
      state: this.state,
      ...(this.sentence === undefined ? {} : { sentence: this.sentence }),
      requests: this.requests,
      accepted: this.acceptedCount,
      rejected: this.rejectedCount,
      bytes: this.bytes,
      ...(this.lastReceivedMs === undefined ? {} : { lastReceivedMs: this.lastReceivedMs }),
      ...(this.lastError === undefined ? {} : { lastError: this.lastError }),
    }
  }
}

/** Why a receiver does not listen, from the error of its socket; what to try included. */
export function listenSentence(error: unknown, name: string, host: string, port: number, variable: string): string {
  const text = error instanceof Error ? error.message : String(error)
  const at = `${name} cannot listen on ${host}:${port}`
  if (/EADDRINUSE/.test(text)) {
    return `${at}: another process, perhaps a collector, has this port. Stop it, or choose another port with ${variable}.`
  }
  if (/EACCES/.test(text)) return `${at}: the system does not allow it. Choose a port above 1023 with ${variable}.`
  if (/EADDRNOTAVAIL|ENOTFOUND/.test(text)) return `${at}: this machine has no such address. Check HOST.`
  return `${at}: ${text}. Choose another port with ${variable}.`
}
