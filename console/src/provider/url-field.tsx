import { ActionIcon, Anchor, Input, TextInput, Tooltip } from '@mantine/core';
import { useId, useRef, useState } from 'react';
import { Icon } from '../shell/icon.tsx';
import css from './provider.module.css';
import { strings } from './strings.ts';

type UrlFieldProps = { value: string; error: string | undefined; onChange: (value: string) => void };

/**
 * An address that shows as a link while locked and takes typing only when unlocked, so that nobody changes where an
 * invitation leads by a slip of the hand (REG-22, REG-23).
 */
export function UrlField({ value, error, onChange }: UrlFieldProps) {
  const [locked, setLocked] = useState(true);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const turn = () => {
    setLocked(!locked);
    if (locked) requestAnimationFrame(() => input.current?.focus());
  };
  const label = locked ? strings.unlockUrl : strings.lockUrl;
  const lock = (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={36} onClick={turn} aria-label={label} aria-pressed={!locked}>
        <Icon name={locked ? 'lock' : 'unlock'} />
      </ActionIcon>
    </Tooltip>
  );
  return (
    <Input.Wrapper
      id={id}
      label={strings.url}
      required
      description={locked ? strings.urlLocked : strings.urlHint}
      error={error}
    >
      <div className={css.url}>
        {locked ? (
          <output className={css.locked} data-error={error !== undefined} htmlFor={id}>
            {isWebAddress(value) ? (
              <Anchor href={value} target="_blank" rel="noreferrer noopener">
                {value}
              </Anchor>
            ) : (
              value || strings.noUrl
            )}
          </output>
        ) : (
          <TextInput
            id={id}
            ref={input}
            type="url"
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            value={value}
            error={error !== undefined}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
        )}
        {lock}
      </div>
    </Input.Wrapper>
  );
}

/** What may become a link: never `javascript:` or another scheme somebody typed. */
export const isWebAddress = (text: string): boolean => /^https?:\/\/[^\s]+$/i.test(text) && URL.canParse(text);
