import { ActionIcon, TextInput } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useLocation } from 'react-router'
import { Icon } from '../../ui/icon.js'
import { useTyped } from '../../ui/use-typed.js'
import { SEARCH_FIELD } from './use-shortcuts.js'

/** The list follows each letter; the address waits until a word stands. */
const TYPING_MS = 120
/** What REST takes. */
const MAX_LENGTH = 128

interface SearchFieldProps {
  className?: string
  label: string
  placeholder: string
  clearLabel: string
  value: string
  onChange: (value: string) => void
}

/** The search of a list, kept in the address: where `/` goes to. */
export function SearchField({
  className,
  label,
  placeholder,
  clearLabel,
  value,
  onChange,
}: SearchFieldProps) {
  const { state } = useLocation() as { state: { focusSearch?: boolean } | null }
  const field = useRef<HTMLInputElement>(null)
  const [text, setText] = useTyped(value, onChange, TYPING_MS)
  useEffect(() => {
    if (state?.focusSearch) field.current?.focus()
  }, [state])
  return (
    <TextInput
      ref={field}
      {...(className !== undefined && { className })}
      size="xs"
      type="search"
      aria-label={label}
      placeholder={placeholder}
      value={text}
      maxLength={MAX_LENGTH}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setText('')
      }}
      leftSection={<Icon name="search" size={14} />}
      rightSection={
        text !== '' && (
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={clearLabel}
            onClick={() => setText('')}
          >
            <Icon name="close" size={12} />
          </ActionIcon>
        )
      }
      {...{ [SEARCH_FIELD]: '' }}
    />
  )
}
