import { ActionIcon, Button, Group, Popover, Stack, Text, TextInput } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { type FormEvent, useState } from 'react'
import { type TimeWindow, windowEdges } from '../time-chart/time-window.js'
import classes from './range-picker.module.css'
import {
  fixedWindow,
  fromInputText,
  parseSpanMs,
  RANGE_CHOICES,
  RANGE_MS,
  shiftWindow,
  toInputText,
} from './time-range.js'

export interface RangePickerTexts {
  readonly label: string
  readonly choices: Readonly<Record<(typeof RANGE_CHOICES)[number], string>>
  readonly custom: string
  readonly from: string
  readonly to: string
  readonly apply: string
  /** why a custom range cannot be used */
  readonly invalid: string
  readonly back: string
  readonly forward: string
}

export interface RangePickerProps {
  readonly value: TimeWindow
  readonly onChange: (window: TimeWindow) => void
  readonly texts: RangePickerTexts
  /** a fixed range in words, shown on the custom button while it is the one in use */
  readonly formatFixed: (fromMs: number, toMs: number) => string
  /** the custom fields are in UTC instead of the viewer's zone */
  readonly utc: boolean
}

/** Chooses a span of time; `[` and `]` move it by half of itself. */
export function RangePicker({ value, onChange, texts, formatFixed, utc }: RangePickerProps) {
  const [open, setOpen] = useState(false)
  const move = (direction: -1 | 1) => onChange(shiftWindow(value, direction, Date.now()))
  useHotkeys([
    ['[', () => move(-1)],
    [']', () => move(1)],
  ])
  const chosen = RANGE_CHOICES.find((choice) => value.kind === 'last' && parseSpanMs(choice) === value.ms)

  return (
    <Group gap={4} wrap="nowrap" role="group" aria-label={texts.label} className={classes.picker}>
      <ActionIcon variant="default" size={30} aria-label={texts.back} onClick={() => move(-1)}>
        <span aria-hidden="true">‹</span>
      </ActionIcon>
      <Button.Group>
        {RANGE_CHOICES.map((choice) => (
          <Button
            key={choice}
            size="xs"
            px={8}
            variant="default"
            className={classes.choice}
            aria-pressed={choice === chosen}
            onClick={() => onChange({ kind: 'last', ms: parseSpanMs(choice)! })}
          >
            {texts.choices[choice]}
          </Button>
        ))}
        <Popover opened={open} onChange={setOpen} position="bottom-end" trapFocus returnFocus shadow="sm">
          <Popover.Target>
            <Button
              size="xs"
              px={8}
              variant="default"
              className={classes.choice}
              aria-pressed={!chosen}
              aria-expanded={open}
              onClick={() => setOpen(!open)}
              classNames={{ label: classes.customLabel }}
            >
              {value.kind === 'fixed' ? formatFixed(value.fromMs, value.toMs) : texts.custom}
            </Button>
          </Popover.Target>
          <Popover.Dropdown>
            <CustomRange
              value={value}
              texts={texts}
              utc={utc}
              onApply={(window) => {
                setOpen(false)
                onChange(window)
              }}
            />
          </Popover.Dropdown>
        </Popover>
      </Button.Group>
      <ActionIcon
        variant="default"
        size={30}
        aria-label={texts.forward}
        disabled={value.kind === 'last'}
        onClick={() => move(1)}
      >
        <span aria-hidden="true">›</span>
      </ActionIcon>
    </Group>
  )
}

interface CustomRangeProps {
  readonly value: TimeWindow
  readonly texts: RangePickerTexts
  readonly utc: boolean
  readonly onApply: (window: TimeWindow) => void
}

function CustomRange({ value, texts, utc, onApply }: CustomRangeProps) {
  const [[from, to], setFields] = useState(() => {
    const [fromMs, toMs] = windowEdges(value, Date.now())
    return [toInputText(fromMs, utc), toInputText(toMs, utc)] as const
  })
  const fromMs = fromInputText(from, utc)
  const toMs = fromInputText(to, utc)
  const usable = toMs > fromMs && toMs - fromMs <= RANGE_MS.max

  function apply(event: FormEvent): void {
    event.preventDefault()
    if (usable) onApply(fixedWindow(fromMs, toMs))
  }

  return (
    <form onSubmit={apply}>
      <Stack gap="xs">
        <TextInput
          type="datetime-local"
          step={1}
          size="xs"
          label={texts.from}
          value={from}
          onChange={(event) => setFields([event.currentTarget.value, to])}
        />
        <TextInput
          type="datetime-local"
          step={1}
          size="xs"
          label={texts.to}
          value={to}
          onChange={(event) => setFields([from, event.currentTarget.value])}
        />
        {!usable && (
          <Text size="xs" role="alert">
            {texts.invalid}
          </Text>
        )}
        <Button type="submit" size="xs" disabled={!usable}>
          {texts.apply}
        </Button>
      </Stack>
    </form>
  )
}
