import { Num } from '@/components/ui/num.tsx'
import { formatBusy, formatCount, formatMinute, type Zone } from '@/lib/base/format.ts'
import type { BandTracks } from '@/lib/draw/band.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import type { GuildFacts } from './heat-model.ts'
import { us } from './words.ts'

interface BandColumnProps {
  readonly tracks: BandTracks
  readonly facts: GuildFacts
  readonly hasQueue: boolean
  readonly hasWait: boolean
}

/** What each track of the band is, at its left. */
export function BandNames({ tracks, facts, hasQueue, hasWait }: BandColumnProps) {
  return (
    <div className="text-axis text-text-2">
      <div className="h-[18px]" />
      <div className="flex h-14 flex-col justify-center px-3 max-sm:px-2">
        <span className="text-text">busy</span>
        <span className="truncate">of 60 s a minute</span>
      </div>
      {hasQueue && (
        <div className="flex h-12 flex-col justify-center px-3 max-sm:px-2">
          {hasWait && (
            <span className="text-text">
              <i className="mr-1 inline-block h-0.5 w-3 bg-text align-middle" />
              wait, log
            </span>
          )}
          {facts.series !== undefined && (
            <span>
              <i className="mr-1 inline-block h-2 w-3 bg-line-strong align-middle" />
              {facts.series.from === 'depth' ? 'mailbox' : 'backlog, inferred'}
            </span>
          )}
        </div>
      )}
      {tracks.flow !== undefined && (
        <div className="flex h-[34px] flex-col justify-center px-3 max-sm:px-2">
          <span className="text-text">
            <i className="mr-1 inline-block h-0.5 w-3 bg-accent align-middle" />
            arrived
          </span>
          <span>
            <i className="mr-1 inline-block h-2 w-3 bg-line-strong align-middle" />
            processed
          </span>
        </div>
      )}
    </div>
  )
}

/** The figures of the newest complete minute that has any, beside the band; which one it is stands above them. */
export function BandValues({ tracks, facts, hasQueue, hasWait, zone }: BandColumnProps & { readonly zone: Zone }) {
  const { totals, newest, series, data } = facts
  const at = (values: Float64Array | undefined, print: (value: number) => string) =>
    newest >= 0 && values !== undefined && values[newest] >= 0 ? print(values[newest]) : '–'
  return (
    <div className="text-axis text-text-2">
      <div className="h-[18px] pl-2" title="The newest complete minute with data">
        {newest < 0 ? '' : `minute ${formatMinute(data.fromMs + newest * MINUTE_MS, zone)}`}
      </div>
      <div className="flex h-14 items-center pl-2 text-table text-text">
        <Num>{at(totals.busyUs, formatBusy)}</Num>
      </div>
      {hasQueue && (
        <div className="flex h-12 flex-col justify-center pl-2">
          {hasWait && <Num className="text-table text-text">{at(totals.waitUs, us)}</Num>}
          {series !== undefined && <Num>{at(series.messages, formatCount)} waiting</Num>}
        </div>
      )}
      {tracks.flow !== undefined && (
        <div className="flex h-[34px] flex-col justify-center pl-2">
          <Num>{at(totals.arrived, formatCount)} in</Num>
          <Num>{at(totals.count, formatCount)} out</Num>
        </div>
      )}
    </div>
  )
}
