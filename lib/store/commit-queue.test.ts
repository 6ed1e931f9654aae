import { expect, test } from 'vitest'
import { CommitQueue } from './commit-queue.ts'

test('items share commits, one at a time, and hear of their own', async () => {
  const commits: number[][] = []
  let running = 0
  const queue = new CommitQueue<number>(
    async (items) => {
      expect(++running).toBe(1)
      commits.push([...items])
      await new Promise((resolve) => setTimeout(resolve, 5))
      running--
      if (items.includes(13)) throw new Error('unlucky')
    },
    100,
    10,
  )
  const answers = await Promise.all([1, 2, 3].map((item) => queue.add(item, 1)))
  expect(answers).toEqual([undefined, undefined, undefined])
  expect(commits).toEqual([[1, 2, 3]])
  // Heavy enough to start at once; what comes meanwhile waits for the next.
  const heavy = queue.add(4, 100)
  const light = queue.add(13, 1)
  expect(await heavy).toBeUndefined()
  expect(await light).toMatchObject({ message: 'unlucky' })
  expect(commits.slice(1)).toEqual([[4], [13]])
  expect(await queue.exclusively(async () => running)).toBe(0)
  void queue.add(5, 1)
  await queue.flush()
  expect(commits.at(-1)).toEqual([5])
})
