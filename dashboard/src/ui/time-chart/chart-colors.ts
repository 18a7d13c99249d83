/** What a chart paints with, resolved for the theme that is on. */
export interface ChartColors {
  readonly line: string
  readonly band: string
  readonly grid: string
  readonly text: string
  readonly warning: string
  readonly critical: string
}

/** Reads the colours off an element's CSS variables: a canvas cannot use them by name. */
export function readChartColors(element: Element): ChartColors {
  const style = getComputedStyle(element)
  const read = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback
  return {
    line: read('--chart-line', '#2563eb'),
    band: read('--chart-band', 'rgba(37, 99, 235, 0.15)'),
    grid: read('--chart-grid', 'rgba(128, 128, 128, 0.2)'),
    text: read('--chart-text', '#666666'),
    warning: read('--warning', '#8f5300'),
    critical: read('--critical', '#b3202c'),
  }
}

/** Calls back when the page changes between light and dark. Returns how to stop. */
export function watchColorScheme(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange)
  observer.observe(document.documentElement, {
    attributes: true,
    attributeFilter: ['data-mantine-color-scheme', 'class'],
  })
  return () => observer.disconnect()
}
