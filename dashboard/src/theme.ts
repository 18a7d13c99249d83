import { createTheme, type MantineColorsTuple } from '@mantine/core'

/** The one accent. Grey is normal; the other colours are kept for what needs a person. */
const accent: MantineColorsTuple = [
  '#e9f7f9',
  '#d3eaee',
  '#a8d4dc',
  '#79bdc9',
  '#53aab9',
  '#3a9eaf',
  '#2792a4',
  '#0f7f91',
  '#0f6674',
  '#004f5c',
]

const noScrollLock = { lockScroll: false }

export const theme = createTheme({
  colors: { accent },
  primaryColor: 'accent',
  primaryShade: 8,
  autoContrast: true,
  // Above it text on a colour is dark: the dark theme's accent would have white text of too little contrast.
  luminanceThreshold: 0.25,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  // Scroll locking injects a <style> element, which the page's policy refuses.
  components: {
    // Its <header> would be a second banner of the page.
    Modal: { defaultProps: { ...noScrollLock, attributes: { header: { role: 'none' } } } },
    Drawer: { defaultProps: noScrollLock },
    Spotlight: { defaultProps: noScrollLock },
  },
})
