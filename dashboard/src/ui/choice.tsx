import { SegmentedControl } from '@mantine/core'
import classes from './choice.module.css'

interface ChoiceProps<Option extends string> {
  label: string
  value: Option
  options: Record<Option, string>
  onChange: (value: Option) => void
}

/** One of a few, all of them in sight, under the name of what is chosen. */
export function Choice<Option extends string>({ label, value, options, onChange }: ChoiceProps<Option>) {
  return (
    <div>
      <span className={classes.label}>{label}</span>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label={label}
        value={value}
        data={Object.entries<string>(options).map(([option, name]) => ({ value: option, label: name }))}
        onChange={(chosen) => onChange(chosen as Option)}
      />
    </div>
  )
}
