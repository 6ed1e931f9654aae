import type { ReactNode } from 'react'

/** One row of a two-column list of facts. */
export function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-text-3">{label}</dt>
      <dd className="min-w-0 break-words tabular-nums">{children}</dd>
    </>
  )
}

/** A part of the details under its own heading. */
export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="border-t border-line pt-2">
      <h3 className="mb-1 text-table font-semibold">{title}</h3>
      {children}
    </section>
  )
}
