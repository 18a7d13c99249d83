import type { Alert } from '@iot/contracts'

/** Made here and not fetched: it must sound when the server does not answer. Hz, one tone after the other. */
const TONES: Record<Alert['severity'], readonly number[]> = {
  warning: [660, 550],
  critical: [880, 660, 880, 660],
}
const TONE_S = 0.16
const LOUD = 0.18
/** Of several tabs one sounds. */
const LOCK = 'iot.alert-sound'

let context: AudioContext | undefined

/** Sounds once, or not at all where the browser does not let it: it wants a click on the page first. */
export async function playAlertSound(severity: Alert['severity']): Promise<void> {
  if (typeof AudioContext === 'undefined') return
  if (navigator.locks === undefined) return play(severity)
  await navigator.locks.request(LOCK, { ifAvailable: true }, (lock) =>
    lock === null ? undefined : play(severity),
  )
}

async function play(severity: Alert['severity']): Promise<void> {
  context ??= new AudioContext()
  // Until somebody has clicked, this waits; a tone that is late by minutes would tell of nothing.
  if (context.state !== 'running') {
    void context.resume()
    if (!navigator.userActivation?.hasBeenActive) return
  }
  const tones = TONES[severity]
  let atS = context.currentTime + 0.02
  for (const hertz of tones) {
    sound(context, hertz, atS)
    atS += TONE_S
  }
  await new Promise((resolve) => setTimeout(resolve, tones.length * TONE_S * 1_000))
}

function sound(audio: AudioContext, hertz: number, atS: number): void {
  const tone = audio.createOscillator()
  const volume = audio.createGain()
  tone.frequency.value = hertz
  // Without a ramp at its ends a tone clicks.
  volume.gain.setValueAtTime(0, atS)
  volume.gain.linearRampToValueAtTime(LOUD, atS + 0.015)
  volume.gain.setValueAtTime(LOUD, atS + TONE_S - 0.03)
  volume.gain.linearRampToValueAtTime(0, atS + TONE_S - 0.005)
  tone.connect(volume).connect(audio.destination)
  tone.start(atS)
  tone.stop(atS + TONE_S)
}
