import type { AlertRule } from '@iot/contracts'
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { paths } from '../../paths.js'
import { ConfirmDialog } from '../frame/confirm-dialog.js'
import { useRemoveRuleMutation } from './rules-api.js'

export function RemoveRuleButton({ rule }: { rule: AlertRule }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [remove] = useRemoveRuleMutation()
  const [asking, setAsking] = useState(false)
  const [removed, setRemoved] = useState(false)
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t('rules.remove')}
      </Button>
      {asking && (
        <ConfirmDialog
          title={t('rules.removeTitle', { name: rule.name })}
          detail={t('rules.removeDetail')}
          submit={t('rules.remove')}
          run={async () => {
            const answer = await remove(rule.id)
            setRemoved(answer.error === undefined)
            return answer.error === undefined ? {} : { error: answer.error }
          }}
          onClose={() => {
            setAsking(false)
            if (removed) void navigate(paths.rules())
          }}
        />
      )}
    </>
  )
}
