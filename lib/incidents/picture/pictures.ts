/** What an incident's link shows before anybody opens it: title, one sentence, a picture. From the evidence, kept while it stays the same. */
import { incidentFigures, incidentSentence } from '../../analysis/incident-words.ts'
import { ok, type Result } from '../../base/result.ts'
import type { EvidenceReader } from '../../evidence/reader.ts'
import type { Incident } from '../../model/incident.ts'
import type { GuildMinutes } from '../../model/timings.ts'
import { drawPicture } from './draw.ts'
import { charactersOf } from './text.ts'

/** Of all pictures together. */
const CACHE_BYTES = 32 * 2 ** 20
const TITLE_MAX = 120
const SENTENCE_MAX = 300

/** What is asked of whoever keeps the incidents. */
export interface PictureSource {
  /** The incident as its reader may see it. */
  incident(id: string): Promise<Result<Incident>>
  reader(id: string, manifest: string): Promise<Result<EvidenceReader>>
}

/** For one line each, whatever people wrote. */
export interface Preview {
  readonly title: string
  /** `Pixel Arena: wait up to 15 m 50 s, …`; says so where the evidence holds no timings. */
  readonly sentence: string
}

export interface Picture {
  readonly png: Uint8Array<ArrayBuffer>
  readonly etag: string
}

export class Pictures {
  readonly #pictures = new Map<string, Promise<Result<Picture>>>()
  readonly #sizes = new Map<string, number>()
  readonly #previews = new Map<string, Promise<Result<Preview>>>()

  async preview(source: PictureSource, id: string): Promise<Result<Preview>> {
    const incident = await source.incident(id)
    if (!incident.ok) return incident
    return this.#keep(this.#previews, 500, keyOf(incident.value), async () => {
      const { minutes, without } = await minutesOf(source, incident.value)
      return ok({
        title: cut(incident.value.title, TITLE_MAX),
        sentence: cut(sentenceOf(minutes, without), SENTENCE_MAX),
      })
    })
  }

  /** The same picture until the evidence or the log changes. */
  async picture(source: PictureSource, id: string): Promise<Result<Picture>> {
    const found = await source.incident(id)
    if (!found.ok) return found
    const incident = found.value
    const key = keyOf(incident)
    const picture = await this.#keep(this.#pictures, 1_000, key, async () => {
      const { minutes, without, frozenAtMs } = await minutesOf(source, incident)
      const { title, markers } = incident
      const sentence = sentenceOf(minutes, without)
      const png = await drawPicture({ title, sentence, minutes, without, markers, frozenAtMs })
      return ok({ png: new Uint8Array(png), etag: `"${key}"` })
    })
    if (picture.ok) this.#bound(key, picture.value.png.length)
    return picture
  }

  /** Made once for several askers at the same time; failures are not kept. */
  async #keep<T>(
    cache: Map<string, Promise<Result<T>>>,
    most: number,
    key: string,
    make: () => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const known = cache.get(key)
    cache.delete(key)
    const making = known ?? make()
    cache.set(key, making)
    for (const oldest of cache.keys()) {
      if (cache.size <= most) break
      cache.delete(oldest)
    }
    try {
      const made = await making
      if (!made.ok) cache.delete(key)
      return made
    } catch (error) {
      cache.delete(key)
      throw error
    }
  }

  #bound(key: string, bytes: number): void {
    this.#sizes.set(key, bytes)
    let total = 0
    for (const [one, size] of this.#sizes) {
      if (this.#pictures.has(one)) total += size
      else this.#sizes.delete(one)
    }
    for (const oldest of this.#pictures.keys()) {
      if (total <= CACHE_BYTES || oldest === key) break
      total -= this.#sizes.get(oldest) ?? 0
      this.#pictures.delete(oldest)
      this.#sizes.delete(oldest)
    }
  }
}

/** Evidence is named by its hash, and the log only grows. */
function keyOf(incident: Incident): string {
  return `${incident.id}-${incident.manifest.slice(0, 32)}-${incident.length}`
}

async function minutesOf(
  source: PictureSource,
  incident: Incident,
): Promise<{ readonly minutes: GuildMinutes | undefined; readonly without: string; readonly frozenAtMs: number }> {
  const reader = await source.reader(incident.id, incident.manifest)
  if (!reader.ok) return { minutes: undefined, without: reader.failure.what, frozenAtMs: incident.createdMs }
  const { frozenAtMs } = reader.value.manifest
  const side = incident.sides[0]
  if (side === undefined) return { minutes: undefined, without: 'The incident names no guild.', frozenAtMs }
  const minutes = await reader.value.minutes(side.guildId, side)
  if (!minutes.ok) return { minutes: undefined, without: minutes.failure.what, frozenAtMs }
  return { minutes: minutes.value, without: 'The evidence holds no timings of this guild.', frozenAtMs }
}

function sentenceOf(minutes: GuildMinutes | undefined, without: string): string {
  return minutes === undefined ? without : incidentSentence(incidentFigures(minutes), 'UTC')
}

function cut(text: string, most: number): string {
  const characters = charactersOf(text)
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`
}
