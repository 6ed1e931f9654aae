export { plotDraw } from '@/lib/draw/guild-plot.ts'
