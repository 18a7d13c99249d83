export const channelsTexts = {
  intro: 'Where alerts go besides this page.',
}
