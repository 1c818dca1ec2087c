import { Outlet, useRouterState } from '@tanstack/react-router';
import { keptFragment } from '../api/fragment.ts';
import { SessionProvider, useSessionAnswer } from '../api/session.tsx';
import { FirstRun } from '../directory/first-run.tsx';
import { LonePage } from '../directory/lone-page.tsx';
import { SignIn } from '../directory/sign-in.tsx';
import { strings as directory } from '../directory/strings.ts';
import { Failure } from '../shell/failure.tsx';
import { strings } from '../shell/strings.ts';
import { Frame } from './frame.tsx';

/** Screens that bring their own way in. */
const OPEN_TO_ALL = new Set(['/forgot-password', '/welcome']);
const JOIN_PATH = '/sx/join';

/** First set-up, then sign-in, then the screens. The address stays, so a link to a record survives both. */
export function App() {
  const session = useSessionAnswer();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const answer = session.data;
  if (answer === undefined)
    return (
      <LonePage title={strings.product}>
        {session.error ? <Failure error={session.error} /> : <p>{strings.loading}</p>}
      </LonePage>
    );
  if (answer.setupNeeded) return <FirstRun />;
  if (OPEN_TO_ALL.has(path)) return <Outlet />;
  if (answer.user === null) {
    const joining = path === JOIN_PATH && keptFragment(JOIN_PATH) !== null;
    return <SignIn mailOn={answer.mailOn} hint={joining ? directory.joinPending : null} />;
  }
  return (
    <SessionProvider answer={answer}>
      <Frame />
    </SessionProvider>
  );
}
