import { Button, Group, Text } from '@mantine/core'

interface DialogEndProps {
  /** what went wrong, in words; absent: nothing, or a field tells it */
  readonly failure: string | undefined
  readonly cancel: string
  readonly submit: string
  readonly busy: boolean
  /** what it does can't be taken back */
  readonly isDangerous?: boolean
  readonly disabled?: boolean
  readonly onCancel: () => void
}

/** How every form in a dialog ends: what went wrong, the way out, and what sends the form. */
export function DialogEnd(props: DialogEndProps) {
  const { failure, cancel, submit, busy, isDangerous = false, disabled = false, onCancel } = props
  return (
    <>
      {failure !== undefined && (
        <Text size="sm" role="alert">
          {failure}
        </Text>
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onCancel}>
          {cancel}
        </Button>
        <Button type="submit" {...(isDangerous && { color: 'red' })} disabled={disabled} loading={busy}>
          {submit}
        </Button>
      </Group>
    </>
  )
}
