'use client'
import { type FormEvent, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { signIn } from '@/lib/client/access.ts'
import { PlainFrame } from './plain-frame.tsx'

export type ClosedBecause = 'signed-out' | 'incident' | 'guest' | 'proxy' | 'open'

const WHY = {
  'signed-out':
    'Guildscope shows what users of a guild lived through, from its timings and traces. Who may see them is decided by whoever runs this instance.',
  incident:
    'An incident is open to whoever is signed in, and to guests as long as their link holds. If a guest link showed you this page before, it has expired or was revoked: ask whoever sent it for a new one.',
  guest: 'Your guest link opens one incident and nothing else of this instance. This page needs the owner token.',
} as const

const INPUT =
  'h-7 w-full rounded-control border border-control-line bg-surface px-2 text-ui text-text pointer-coarse:h-10'

/** Stands at the address somebody wanted and may not see; signing in shows that very page. */
export function SignIn({ because }: { readonly because: ClosedBecause }) {
  if (because === 'proxy')
    return (
      <PlainFrame title="Come through the front door">
        <p>
          The proxy before this instance says who you are, and this request came without it. Open Guildscope by the
          address that goes through the proxy.
        </p>
      </PlainFrame>
    )
  if (because === 'open')
    return (
      <PlainFrame title="You are signed in">
        <p>
          <a href="/" className="text-accent underline">
            All guilds
          </a>
        </p>
      </PlainFrame>
    )
  return (
    <PlainFrame title="Sign in to see this page">
      <p>{WHY[because]}</p>
      <SignInForm />
      <p>
        The owner token was shown in the terminal at the first start. Whoever has it can also send you a guest link,
        which opens one incident without a token.
      </p>
    </PlainFrame>
  )
}

function SignInForm() {
  const [sending, setSending] = useState(false)
  const [failure, setFailure] = useState<string | undefined>(undefined)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    setSending(true)
    setFailure(undefined)
    try {
      await signIn(String(fields.get('token') ?? ''), String(fields.get('name') ?? ''))
      if (location.pathname === '/sign-in') location.replace('/')
      else location.reload()
    } catch (error) {
      const { what, tryThis } = failureOf(error)
      setFailure(`${what} ${tryThis}`)
      setSending(false)
    }
  }
  return (
    <form onSubmit={submit} className="flex w-full max-w-96 flex-col gap-3" aria-label="Sign in">
      <label className="flex flex-col gap-1">
        Your name, as it stands beside what you write
        <input name="name" autoComplete="name" required maxLength={80} className={INPUT} />
      </label>
      <label className="flex flex-col gap-1">
        Owner token
        <input
          name="token"
          type="password"
          autoComplete="current-password"
          required
          spellCheck={false}
          className={INPUT}
          aria-describedby={failure === undefined ? undefined : 'sign-in-failure'}
        />
      </label>
      <div role="alert" id="sign-in-failure" className="text-bad empty:hidden">
        {failure}
      </div>
      <Button type="submit" tone="accent" disabled={sending} className="self-start">
        {sending ? 'Signing in …' : 'Sign in'}
      </Button>
    </form>
  )
}
