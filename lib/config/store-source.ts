/** Which of the configured sources is the store, where `store` is "clickhouse". */
import type { z } from 'zod'
import type { SettingsOf, SourceSettings } from './source-fields.ts'

export interface StoreSettings {
  readonly store: 'embedded' | 'clickhouse' | 'off'
  readonly clickhouseStore?: string | undefined
  readonly sources: Readonly<Record<string, SourceSettings>>
}

export interface StoreSource {
  readonly name: string
  readonly settings: SettingsOf<'clickhouse'>
}

/** The source that `clickhouseStore` names, else the only ClickHouse there is; a sentence where neither is one. */
export function storeSourceOf({ clickhouseStore, sources }: StoreSettings): StoreSource | string {
  const found: StoreSource[] = []
  for (const [name, settings] of Object.entries(sources))
    if (settings.kind === 'clickhouse' && (clickhouseStore ?? name) === name) found.push({ name, settings })
  const [only, another] = found
  if (only !== undefined && another === undefined) return only
  if (clickhouseStore !== undefined)
    return `names "${clickhouseStore}", which is no source of kind "clickhouse" in "sources"`
  return only === undefined
    ? 'is "clickhouse", but "sources" has none of kind "clickhouse"'
    : `is "clickhouse", and "sources" has several of that kind: say which one with "clickhouseStore", such as "${only.name}"`
}

export function checkStore(settings: StoreSettings, context: z.RefinementCtx): void {
  if (settings.store !== 'clickhouse') return
  const found = storeSourceOf(settings)
  if (typeof found !== 'string') return
  const path = settings.clickhouseStore === undefined ? ['store'] : ['clickhouseStore']
  context.addIssue({ code: 'custom', path, message: found })
}
