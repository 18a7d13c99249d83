import type { PreviewAnswer, PreviewEpisode } from '@iot/contracts'
import { NativeSelect, SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui/format.js'
import { parseSpanMs } from '../../ui/range-picker/time-range.js'
import { ErrorState, LoadingState, PartialState } from '../../ui/states.js'
import type { Preview } from './create-previewer.js'
import { useDeviceName } from './known-sensors.js'
import { PreviewChart } from './preview-chart.js'
import { ruleOf } from './rule-draft.js'
import type { RuleFieldsProps } from './rule-fields.js'
import classes from './rules.module.css'
import { devicesToDraw, type ScopeFacts } from './scope-facts.js'
import { usePreview } from './use-preview.js'

const SPANS = ['24h', '7d', '30d'] as const
/** Episodes in the list; their count is said, and the chart draws them all. */
const MOST_LISTED = 100

/** What the rule would have done: how often, when, and on the line of a device. */
export function RulePreview({ draft, facts, ready }: RuleFieldsProps & { ready: boolean }) {
  const { t } = useTranslation()
  const [span, setSpan] = useState<(typeof SPANS)[number]>('24h')
  const rule = ruleOf(draft)
  // It needs no name to be looked at, and whether it is in force changes nothing of what would have been.
  const asked = ready ? { ...rule, name: '–', enabled: true } : undefined
  const preview = usePreview(asked, parseSpanMs(span)!)
  return (
    <section className={`${classes.panel} ${classes.preview}`} aria-label={t('rules.preview.title')}>
      <h2>{t('rules.preview.title')}</h2>
      <div className={classes.controls}>
        <SegmentedControl
          size="xs"
          aria-label={t('rules.preview.span')}
          value={span}
          data={SPANS.map((each) => ({ value: each, label: t(`rules.preview.spans.${each}`) }))}
          onChange={(chosen) => setSpan(SPANS.find((each) => each === chosen) ?? '24h')}
        />
      </div>
      {asked === undefined ? (
        <p className={classes.hint}>{t('rules.preview.waiting')}</p>
      ) : (
        <Answered preview={preview} rule={asked} facts={facts} />
      )}
    </section>
  )
}

interface AnsweredProps {
  readonly preview: Preview
  readonly rule: ReturnType<typeof ruleOf>
  readonly facts: ScopeFacts
}

function Answered({ preview, rule, facts }: AnsweredProps) {
  const { t } = useTranslation()
  const { answer, error, asking, fromMs, toMs } = preview
  if (error !== undefined && !asking) return <ErrorState error={error} />
  if (answer === undefined) return <LoadingState heightPx={260} rows={3} />
  return (
    <>
      <Verdict answer={answer} toMs={toMs} old={asking} />
      {answer.truncated === true && <PartialState detail={t('rules.preview.truncated')} />}
      {rule.sensorType !== undefined && (
        <DrawnDevice
          rule={rule}
          sensorType={rule.sensorType}
          facts={facts}
          answer={answer}
          fromMs={fromMs}
          toMs={toMs}
        />
      )}
      <Episodes answer={answer} old={asking} />
    </>
  )
}

function Verdict({ answer, toMs, old }: { answer: PreviewAnswer; toMs: number; old: boolean }) {
  const { t } = useTranslation()
  const format = useFormat()
  const longest = Math.max(0, ...answer.episodes.map((episode) => lastedMs(episode, toMs)))
  return (
    <div role="status">
      <p className={classes.verdict} data-old={old || undefined}>
        {answer.count === 0
          ? t('rules.preview.never')
          : t('rules.preview.fired', {
              count: answer.count,
              longest: format.duration(longest),
            })}
      </p>
      <p className={classes.hint}>
        {old
          ? t('rules.preview.looking')
          : t('rules.preview.read', { count: answer.devices, readings: format.integer(answer.readings) })}
      </p>
    </div>
  )
}

interface DrawnDeviceProps {
  readonly rule: ReturnType<typeof ruleOf>
  readonly sensorType: string
  readonly facts: ScopeFacts
  readonly answer: PreviewAnswer
  readonly fromMs: number
  readonly toMs: number
}

/** The line of one device with the episodes on it: of the one that spoke most, unless another is chosen. */
function DrawnDevice({ rule, sensorType, facts, answer, fromMs, toMs }: DrawnDeviceProps) {
  const { t } = useTranslation()
  const deviceName = useDeviceName()
  const [chosen, setChosen] = useState('')
  const ids = devicesToDraw(answer.episodes, facts)
  const deviceId = ids.includes(chosen) ? chosen : ids[0]
  if (deviceId === undefined) return <p className={classes.hint}>{t('rules.preview.noDevice')}</p>
  return (
    <>
      {ids.length > 1 && (
        <NativeSelect
          size="xs"
          label={t('rules.preview.device')}
          value={deviceId}
          data={ids.map((id) => ({ value: id, label: deviceName(id) }))}
          onChange={(event) => setChosen(event.currentTarget.value)}
        />
      )}
      <PreviewChart
        rule={rule}
        deviceId={deviceId}
        sensorType={sensorType}
        unit={facts.sensors.get(sensorType)}
        episodes={answer.episodes.filter((episode) => episode.deviceId === deviceId)}
        fromMs={fromMs}
        toMs={toMs}
      />
    </>
  )
}

function Episodes({ answer, old }: { answer: PreviewAnswer; old: boolean }) {
  const { t } = useTranslation()
  const format = useFormat()
  const deviceName = useDeviceName()
  const listed = answer.episodes.slice(-MOST_LISTED).reverse()
  if (listed.length === 0) return null
  return (
    <div>
      <h2>{t('rules.preview.episodes')}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <ul className={classes.episodes} data-old={old || undefined} tabIndex={0}>
        {listed.map((episode) => (
          <li key={`${episode.deviceId} ${episode.sensorType} ${episode.openedAt}`}>
            <span>{deviceName(episode.deviceId)}</span>
            <time dateTime={episode.openedAt}>{format.time(Date.parse(episode.openedAt))}</time>
            <span>
              {episode.closedAt === undefined
                ? t('rules.preview.stillOpen')
                : t('rules.preview.lasted', { duration: format.duration(lastedMs(episode, 0)) })}
            </span>
          </li>
        ))}
      </ul>
      {answer.count > listed.length && (
        <p className={classes.hint}>
          {t('rules.preview.moreEpisodes', { count: answer.count - listed.length })}
        </p>
      )}
    </div>
  )
}

function lastedMs({ openedAt, closedAt }: PreviewEpisode, untilMs: number): number {
  return Math.max(0, (closedAt === undefined ? untilMs : Date.parse(closedAt)) - Date.parse(openedAt))
}
