import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './shell/base.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { takeFragment } from './api/fragment.ts';
import { queryClient } from './api/queries.ts';
import { router } from './app/router.tsx';
import { cssVariables, theme } from './shell/theme.ts';

// Before anything else runs: what follows the # of these addresses is secret.
takeFragment('/sx/join');
takeFragment('/welcome');

const place = document.getElementById('root');
if (place === null) throw new Error('index.html has no element #root');

createRoot(place).render(
  <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
    <QueryClientProvider client={queryClient}>
      <Notifications position="bottom-right" autoClose={8_000} />
      <RouterProvider router={router} />
    </QueryClientProvider>
  </MantineProvider>,
);
