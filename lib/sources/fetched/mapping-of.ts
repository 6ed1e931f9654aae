import { type AttributeMapping, DEFAULT_MAPPING } from '../../model/span-batch.ts'

/** The attribute mapping of one source: the usual keys, but those that its configuration names. */
export function mappingOf(changes: Readonly<Record<string, readonly string[]>>): AttributeMapping {
  const { stageOfService: _, ...known } = changes
  return { ...DEFAULT_MAPPING, ...known }
}
