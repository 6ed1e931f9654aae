/** The sources a reader chose travel in the address of every live page, by name. Pure. */
import type { SourcesChosen } from '../model/freeze.ts'

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/
/** Pages that ask sources. */
const ASKS = /^\/(?:$|\?|guilds\/|traces\/|compare(?:$|\?))/

/** What the query string chooses; a name that none can have is not chosen. */
export function chosenIn(search: string): SourcesChosen {
  const params = new URLSearchParams(search)
  const named = (name: string) => {
    const text = params.get(name)
    return text !== null && NAME.test(text) ? text : undefined
  }
  return { source: named('source'), timings: named('timings') }
}

/** A path of this application with the choice added, where it leads to a page that asks sources and says nothing of them itself. */
export function withSources(href: string, { source, timings }: SourcesChosen): string {
  if ((source === undefined && timings === undefined) || !ASKS.test(href)) return href
  const [before, ...fragment] = href.split('#')
  const [path, query = ''] = before.split('?')
  const params = new URLSearchParams(query)
  if (source !== undefined && !params.has('source')) params.set('source', source)
  if (timings !== undefined && !params.has('timings')) params.set('timings', timings)
  return [`${path}?${params}`, ...fragment].join('#')
}
