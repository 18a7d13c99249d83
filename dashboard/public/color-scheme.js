// Runs before the first paint, so that a dark page never flashes white. The key is the preferences' own.
;(() => {
  let scheme = 'auto'
  try {
    scheme = JSON.parse(localStorage.getItem('iot.preferences') ?? '{}').colorScheme ?? 'auto'
  } catch {
    // storage refused or unreadable: follow the system
  }
  const dark = scheme === 'dark' || (scheme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
})()
