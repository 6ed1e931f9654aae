import type { Metadata } from 'next'
import { PICTURE_HEIGHT, PICTURE_WIDTH } from '@/lib/incidents/picture/size.ts'
import { unfurl } from '@/lib/server/unfurl.ts'

/** The tags that make a link unfold in a chat; none where nothing is to be told. */
export async function unfurlTags(of: Parameters<typeof unfurl>[0]): Promise<Metadata> {
  const told = await unfurl(of)
  if (told === undefined) return {}
  const { title, description, url, picture } = told
  const images = [{ url: picture, width: PICTURE_WIDTH, height: PICTURE_HEIGHT, alt: description }]
  return {
    openGraph: { type: 'article', siteName: 'Guildscope', title, description, url, images },
    twitter: { card: 'summary_large_image', title, description, images },
  }
}
