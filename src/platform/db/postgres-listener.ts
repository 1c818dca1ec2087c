import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { DatabaseLog, OpenDatabase } from './open-database.ts';

const RECONNECT_MS = 1_000;

type Subscription = { channel: string; onNotification: (payload: string) => void; onReconnect: () => void };

/** Holds one connection that hears NOTIFY for the whole node, and takes a new one whenever it breaks. */
export function createListener(
  createClient: () => pg.Client,
  log: DatabaseLog,
): Pick<OpenDatabase, 'listen' | 'close'> {
  const subscriptions = new Set<Subscription>();
  const closing = new AbortController();
  let connected: Promise<pg.Client> | undefined;

  async function connect(): Promise<pg.Client> {
    const client = createClient();
    client.on('notification', ({ channel, payload = '' }) => {
      for (const each of subscriptions) if (each.channel === channel) each.onNotification(payload);
    });
    // Both events may come for one failure, 'error' also while connecting; 'end' is the one that always ends it.
    client.on('error', (error) => log.warn({ err: error }, 'the listening database connection broke'));
    try {
      await client.connect();
      for (const channel of new Set([...subscriptions].map((each) => each.channel))) await listenOn(client, channel);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    client.on('end', () => void reconnect());
    return client;
  }

  async function reconnect(): Promise<void> {
    connected = undefined;
    while (!closing.signal.aborted) {
      try {
        await sleep(RECONNECT_MS, undefined, { signal: closing.signal, ref: false });
        connected = connect();
        await connected;
        for (const each of subscriptions) each.onReconnect();
        return;
      } catch (error) {
        if (!closing.signal.aborted) log.warn({ err: error }, 'cannot listen to the database yet, trying again');
      }
    }
  }

  return {
    async listen(channel, onNotification, onReconnect = () => undefined) {
      const subscription = { channel, onNotification, onReconnect };
      subscriptions.add(subscription);
      connected ??= connect();
      await listenOn(await connected, channel);
      onReconnect();
      return {
        close: async () => {
          subscriptions.delete(subscription);
        },
      };
    },
    async close() {
      closing.abort();
      const client = await connected?.catch(() => undefined);
      await client?.end();
    },
  };
}

const listenOn = (client: pg.Client, channel: string) => client.query(`listen ${pg.escapeIdentifier(channel)}`);
