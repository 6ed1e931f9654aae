import { describe, expect, it } from 'vitest'
import { fileAddress } from './navigation.tsx'

describe('fileAddress', () => {
  it('reads path and query from the fragment', () => {
    expect(fileAddress('#/traces/4bf9?v=1&span=a%2Fb')).toEqual({ path: '/traces/4bf9', search: '?v=1&span=a%2Fb' })
    expect(fileAddress('#/guilds/42')).toEqual({ path: '/guilds/42', search: '' })
  })
  it('begins at the incident without one, or where it is not ours', () => {
    for (const hash of ['', '#', '#main', '#?v=1']) expect(fileAddress(hash)).toEqual({ path: '/', search: '' })
  })
  it('keeps further question marks within the query', () => {
    expect(fileAddress('#/guilds/4?find=a?b')).toEqual({ path: '/guilds/4', search: '?find=a?b' })
  })
})
