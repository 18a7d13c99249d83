import { statfs } from 'node:fs/promises'

/** How full the disk of a folder is, in hundredths; undefined where there is no such folder. */
export async function diskUse(folder: string): Promise<number | undefined> {
  try {
    const { blocks, bavail } = await statfs(folder)
    return blocks === 0 ? undefined : ((blocks - bavail) / blocks) * 100
  } catch {
    return undefined
  }
}
