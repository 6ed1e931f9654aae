import { getFrozen } from '@/lib/api/evidence'
import { evidenceGuildParams } from '@/lib/api/incident-params'
import { noQuery } from '@/lib/api/params'

export const GET = getFrozen(evidenceGuildParams, noQuery, (reader, { params }) => reader.retention(params.guild))
