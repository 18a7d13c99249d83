import { type ComponentProps, type FormEvent, useRef } from 'react'

interface FormProps extends Omit<ComponentProps<'form'>, 'onSubmit' | 'noValidate' | 'ref'> {
  readonly onSubmit: (event: FormEvent<HTMLFormElement>) => Promise<void>
}

/** Fields as they are marked; of a password, what has the mark of the others is no field but stands around it. */
const FAULTY = ':is(input, textarea, select):is([aria-invalid="true"], [data-invalid])'

/** A form that says itself what is wrong; who sends it is brought to the first field that is, wherever that stands. */
export function Form({ onSubmit, ...rest }: FormProps) {
  const form = useRef<HTMLFormElement>(null)

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    await onSubmit(event)
    // Once the faults are drawn.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>(FAULTY)?.focus())
  }

  return <form ref={form} onSubmit={submit} noValidate {...rest} />
}
