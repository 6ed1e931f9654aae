import type { SettingsOf } from '../../config/source-fields.ts'
import { type AttributeMapping, DEFAULT_MAPPING } from '../../model/span-batch.ts'

/** The attribute mapping of one source: the usual one, but for what its configuration (and the instance's) names. */
export function mappingOf(changes: SettingsOf<'jaeger'>['mapping']): AttributeMapping {
  return { ...DEFAULT_MAPPING, ...changes }
}
