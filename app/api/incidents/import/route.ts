import { noQuery } from '@/lib/api/params'
import { upload } from '@/lib/api/route'

export const POST = upload(noQuery, ({ body, author, instance }) => instance.incidents.import(body, author))
