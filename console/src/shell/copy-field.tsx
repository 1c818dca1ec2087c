import { ActionIcon, Tooltip } from '@mantine/core';
import { useState } from 'react';
import css from './detail.module.css';
import { Icon } from './icon.tsx';
import { strings } from './strings.ts';

/** Something to hand on by other means: shown whole, copied with one press. */
export function CopyField({ value, label }: { value: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <div className={css.copy}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long link scrolls, and the keyboard must reach what scrolls */}
      <code tabIndex={0}>{value}</code>
      <Tooltip label={copied ? strings.copied : strings.copy}>
        <ActionIcon onClick={copy} aria-label={`${strings.copy}: ${label}`} size={28}>
          <Icon name={copied ? 'check' : 'copy'} />
        </ActionIcon>
      </Tooltip>
      <span className="unseen" role="status">
        {copied ? strings.copied : ''}
      </span>
    </div>
  );
}

const SHOWN_MS = 2_000;
