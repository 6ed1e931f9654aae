/** What runs inside an exported file. Written before the pieces, so that a file that was cut off can say so. */
import { createRoot } from 'react-dom/client'
import { applyTheme } from '@/components/ui/preferences.tsx'
import { capsuleEngine } from '@/lib/client/capsule-engine.ts'
import { CapsuleApp, Unreadable } from './capsule-app.tsx'
import { readContent, textOfPiece } from './content.ts'

/** The bundled worker (scripts/capsule.mjs). */
declare const CAPSULE_WORKER: string

function start(): void {
  const place = document.getElementById('app')
  if (place === null) return
  const content = readContent()
  const root = createRoot(place)
  if (content.ok) {
    const ask = capsuleEngine(content.value.manifest, textOfPiece, CAPSULE_WORKER)
    root.render(<CapsuleApp content={content.value} ask={ask} />)
  } else root.render(<Unreadable failure={content.failure} />)
}

applyTheme()
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start)
else start()
