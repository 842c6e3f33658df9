// How far nmap is, from its XML while it grows. Apart from nmap-run.ts, which reads whole hosts: this looks at a few tags
// only, in pieces of any size, and costs nothing for what a host's scripts may have printed.

/** What nmap has written so far. It tells of its tasks only when it was asked to be verbose. */
export interface Progress {
  /** Hosts that nmap has reported; those that are down are among them only when it is verbose. */
  readonly hosts: number;
  readonly up: number;
  /** What it is at. Text of nmap's, not escaped. */
  readonly task?: {
    readonly name: string;
    /** 0 to 100. */
    readonly percent?: number;
    readonly remainingSeconds?: number;
  };
}

/** A reading that has come to some byte. */
export interface Reading {
  readonly progress: Progress;
  /** The beginning of a tag of which the rest is still to come. */
  readonly open: string;
  readonly state: string;
}

export const unread: Reading = { progress: { hosts: 0, up: 0 }, open: "", state: "" };

/** The tags that are looked at are shorter; a longer one can only be text of some host. */
const LONGEST_TAG = 1024;

const tags = /<(taskbegin|taskprogress|taskend|status|\/host)(?=[\s>])([^<>]*)>/g;

/**
 * The reading some bytes further on, as text in Latin-1. Total: what is no XML of nmap's changes nothing.
 *
 * Text of hosts can't forge a tag: nmap writes `<` in it as `&lt;`.
 */
export function readOn({ progress, open, state }: Reading, piece: string): Reading {
  const text = open + piece;
  let { hosts, up, task } = progress;
  for (const [, tag = "", attributes = ""] of text.matchAll(tags)) {
    if (tag === "status") state = attribute(attributes, "state") ?? "";
    else if (tag === "/host") {
      hosts += 1;
      if (state === "up") up += 1;
      state = "";
    } else if (tag === "taskend") task = undefined;
    else {
      const name = attribute(attributes, "task") ?? "";
      const percent = numberOf(attributes, "percent");
      const remainingSeconds = numberOf(attributes, "remaining");
      task = {
        name,
        ...(percent !== undefined && percent <= 100 && { percent }),
        ...(remainingSeconds !== undefined && { remainingSeconds }),
      };
    }
  }
  const last = text.lastIndexOf("<");
  const isOpen = last >= 0 && text.length - last <= LONGEST_TAG && !text.includes(">", last);
  return {
    progress: { hosts, up, ...(task !== undefined && { task }) },
    open: isOpen ? text.slice(last) : "",
    state,
  };
}

function attribute(attributes: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1];
}

function numberOf(attributes: string, name: string): number | undefined {
  const text = attribute(attributes, name);
  return text !== undefined && /^\d{1,12}(?:\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}
