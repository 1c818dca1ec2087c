import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { noteAnswer, noteSilence } from './connectivity.ts';

/** How often a record on screen is read again although nobody announced a change: the net under the stream. */
const NET_MS = 30_000;
/** The same while the stream is down. */
const POLL_MS = 5_000;

/**
 * Keeps every query on screen fresh while the page shows `record`: each announced change reads them again.
 * Answers with the interval at which to poll besides.
 */
export function useLive(record: string): number {
  const client = useQueryClient();
  const [streaming, setStreaming] = useState(false);
  useEffect(() => {
    const source = new EventSource(`/api/events?record=${encodeURIComponent(record)}`);
    const refresh = () => void client.invalidateQueries();
    source.onopen = () => {
      setStreaming(true);
      noteAnswer();
      refresh();
    };
    source.addEventListener('change', refresh);
    source.onerror = () => {
      setStreaming(false);
      // CONNECTING means no answer and the browser tries again; CLOSED means it was answered and refused.
      if (source.readyState === EventSource.CONNECTING) noteSilence();
    };
    return () => source.close();
  }, [client, record]);
  return streaming ? NET_MS : POLL_MS;
}
