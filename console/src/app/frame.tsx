import { ActionIcon, Drawer, Menu, TextInput, useMantineColorScheme } from '@mantine/core';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { signOut } from '../../../src/directory/contract.ts';
import { diagnosticsAccess } from '../../../src/keys/contract.ts';
import { readSettings } from '../../../src/platform/config/contract.ts';
import { call } from '../api/client.ts';
import { useConnectionLost } from '../api/connectivity.ts';
import { useRead } from '../api/queries.ts';
import { useAdoptSession, useSession } from '../api/session.tsx';
import { Icon } from '../shell/icon.tsx';
import { Banner } from '../shell/page.tsx';
import { strings } from '../shell/strings.ts';
import css from './frame.module.css';
import { menuFor } from './navigation.ts';
import { Palette } from './palette.tsx';
import { strings as words } from './strings.ts';

/** What stays around every screen: top bar, menu, and the word that the connection is lost. */
export function Frame() {
  const [menuOpen, setMenuOpen] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another screen closes the menu
  useEffect(() => setMenuOpen(false), [path]);
  return (
    <div className={css.frame}>
      <a href="#main" className="skip">
        {strings.skipToContent}
      </a>
      <header className={css.top}>
        <ActionIcon
          className={css.burger ?? ''}
          size={32}
          aria-label={strings.openMenu}
          onClick={() => setMenuOpen(true)}
        >
          <Icon name="menu" />
        </ActionIcon>
        <Brand />
        <InstanceBadge />
        <span className={css.space} />
        <ThemeMenu />
        <AccountMenu />
      </header>
      <Lost />
      <Palette />
      <aside className={css.side}>
        <Navigation id="side" />
      </aside>
      <Drawer.Root opened={menuOpen} onClose={() => setMenuOpen(false)} size={288}>
        <Drawer.Overlay />
        <Drawer.Content>
          <Drawer.Header role="none">
            <Drawer.Title>{strings.menu}</Drawer.Title>
            <Drawer.CloseButton aria-label={strings.close} />
          </Drawer.Header>
          <Drawer.Body>
            <Navigation id="drawer" />
          </Drawer.Body>
        </Drawer.Content>
      </Drawer.Root>
      <main id="main" className={css.main} tabIndex={-1}>
        <SealedBanner />
        <Outlet />
      </main>
    </div>
  );
}

/** Which instance this is: two consoles side by side must not be mistaken for each other. */
function InstanceBadge() {
  const instance = useRead(readSettings, {}).data;
  return instance === undefined ? null : (
    <>
      <span className={css.instance}>{instance.name}</span>
      <span className={css.kind} data-kind={instance.kind}>
        {words.kinds[instance.kind]}
      </span>
    </>
  );
}

/** Nothing but signing in and reading why works on a sealed instance: said above every screen until it is over. */
function SealedBanner() {
  const { roles } = useSession();
  const instance = useRead(readSettings, {}, { every: SETTINGS_MS }).data;
  if (!instance?.sealed) return null;
  return (
    <div className={css.sealed}>
      <Banner tone="bad" title={words.sealedTitle}>
        {instance.sealedReason} {words.sealedBody}{' '}
        {diagnosticsAccess(roles) !== 'none' && <Link to="/key-management/health">{words.diagnostics}</Link>}
      </Banner>
    </div>
  );
}

const SETTINGS_MS = 15_000;

export function Brand() {
  return (
    <Link to="/" className={css.brand} aria-label={strings.product}>
      <img src="/icon.svg" alt="" /> <span>{strings.product}</span>
    </Link>
  );
}

export function Lost() {
  const lost = useConnectionLost();
  return lost ? (
    <div className={css.lost} role="alert">
      {strings.connectionLost}
    </div>
  ) : null;
}

function Navigation({ id }: { id: string }) {
  const { roles } = useSession();
  const [filter, setFilter] = useState('');
  const groups = menuFor(roles, filter.trim().toLowerCase());
  return (
    <nav aria-label={strings.all}>
      <TextInput
        size="xs"
        type="search"
        label={strings.all}
        placeholder={strings.filterMenu}
        leftSection={<Icon name="search" size={14} />}
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
      />
      {groups.length === 0 && <p className={css.groupTitle}>{strings.noMenuEntry}</p>}
      {groups.map(({ title, entries }, index) => (
        <div className={css.group} key={title}>
          <h2 className={css.groupTitle} id={`${id}-${index}`}>
            {title}
          </h2>
          <ul className={css.entries} aria-labelledby={`${id}-${index}`}>
            {entries.map((entry) => (
              <li key={entry.to}>
                <Link to={entry.to} className={css.entry}>
                  {entry.title}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

const schemes = [
  ['light', strings.themeLight, 'sun'],
  ['dark', strings.themeDark, 'moon'],
  ['auto', strings.themeAuto, 'screen'],
] as const;

export function ThemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const current = schemes.find(([name]) => name === colorScheme) ?? schemes[2];
  return (
    <Menu position="bottom-end" shadow="md" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon size={32} aria-label={`${strings.theme}: ${current[1]}`}>
          <Icon name={current[2]} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {schemes.map(([name, title, icon]) => (
          <Menu.Item
            key={name}
            leftSection={<Icon name={icon} />}
            rightSection={name === colorScheme ? <Icon name="check" /> : null}
            onClick={() => setColorScheme(name)}
          >
            {title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function AccountMenu() {
  const { user } = useSession();
  const adopt = useAdoptSession();
  const leave = async () => adopt(await call(signOut));
  return (
    <Menu position="bottom-end" shadow="md" width={260} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon size={32} aria-label={strings.account(user.username)}>
          <Icon name="person" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.name} ({user.username})
          <br />
          {user.roles.join(', ')}
        </Menu.Label>
        <Menu.Item onClick={leave}>{strings.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
