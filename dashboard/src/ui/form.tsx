import { type ComponentProps, type FormEvent, useRef } from 'react'

interface FormProps extends Omit<ComponentProps<'form'>, 'onSubmit' | 'noValidate' | 'ref'> {
  readonly onSubmit: (event: FormEvent<HTMLFormElement>) => Promise<void>
}

/** A form that says itself what is wrong; who sends it is brought to the first field that is, wherever that stands. */
export function Form({ onSubmit, ...rest }: FormProps) {
  const form = useRef<HTMLFormElement>(null)

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    await onSubmit(event)
    // Once the faults are drawn.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
  }

  return <form ref={form} onSubmit={submit} noValidate {...rest} />
}
