import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Notice, Page } from '../shell/page.tsx';
import { strings as shared } from '../shell/strings.ts';
import { strings } from './strings.ts';

export function NoScreen() {
  return (
    <Page title={shared.noScreenTitle}>
      <Notice
        title={shared.noScreenTitle}
        action={
          <Button component={Link} to="/" variant="default">
            {strings.home}
          </Button>
        }
      >
        {shared.noScreen}
      </Notice>
    </Page>
  );
}
