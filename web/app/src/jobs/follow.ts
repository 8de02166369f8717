// Follows a job by its events, through streams that break.

import type { Job } from "../api";
import { pieces } from "../client.svelte";
import { EventParser } from "../stream/sse";
import { hasEnded } from "./words";

/** How many streams in a row may end without a word before events are given up. */
const patience = 3;

export interface Source {
  /** Opens the stream behind the event of this id; "" is its beginning. */
  open(after: string): Promise<Response>;
  /** Waits before a stream is opened again. */
  pause(): Promise<void>;
  /** Says that nobody looks any more. */
  signal: AbortSignal;
}

/**
 * The job as each event tells of it, until one says that it has ended. It ends earlier where there is no stream to be had: whoever needs
 * to know more asks for the job itself.
 */
export async function* follow(job: Job, { open, pause, signal }: Source): AsyncGenerator<Job> {
  let known = job;
  let after = "";
  let silent = 0;
  while (silent < patience && !signal.aborted) {
    silent++;
    try {
      const parser = new EventParser();
      for await (const piece of pieces(await open(after))) {
        for (const { event, data, id } of parser.push(piece)) {
          const next = told(known, event, data);
          silent = 0;
          if (id !== "") after = id;
          if (next === undefined) continue;
          known = next;
          yield known;
          if (hasEnded(known.state)) return;
        }
      }
    } catch {
      // A stream that broke, or was refused, is one that ended.
    }
    await pause();
  }
}

/** The job after an event; undefined where the event says nothing new of it. */
function told(known: Job, event: string, data: string): Job | undefined {
  if (event === "state") return JSON.parse(data) as Job;
  if (event !== "progress") return undefined;
  const progress = JSON.parse(data) as Job["progress"];
  // The stream begins with what is done already: that is no step back.
  return progress.done > known.progress.done ? { ...known, progress } : undefined;
}
