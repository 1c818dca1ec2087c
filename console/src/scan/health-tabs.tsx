import { Link } from '@tanstack/react-router';
import css from './scan.module.css';
import { strings } from './strings.ts';

const tabs = [
  { to: '/health', title: strings.tabIssues },
  { to: '/health/suites', title: strings.tabSuites },
] as const;

/** The parts of the Health Dashboard, each a screen with an address of its own (HLT-04). */
export function HealthTabs() {
  return (
    <nav className={css.tabs} aria-label={strings.health}>
      {tabs.map(({ to, title }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: true, includeSearch: false }}
          activeProps={{ 'aria-current': 'page' }}
        >
          {title}
        </Link>
      ))}
    </nav>
  );
}
