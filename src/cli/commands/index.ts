// The registry of our commands: the first word that is exactly one of these names is that command. One line each, which
// help shows; the command itself is loaded when it is used.
import type { Effects } from "../../effects.ts";
import type { Environment } from "../colour.ts";
import type { Terminal } from "../terminal.ts";

/** What a command is given. Nothing is opened until it is asked for. */
export interface CommandContext {
  /** Words after the command's name. */
  readonly args: readonly string[];
  readonly effects: () => Promise<Effects>;
  readonly terminal: Terminal;
  readonly environment: Environment;
}

/** Gives the exit code. What it prints goes through output.ts. */
export type RunCommand = (context: CommandContext) => Promise<number>;

export interface CommandEntry {
  /** What follows the name, in the words of usage texts. */
  readonly usage: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly run: RunCommand }>;
}

export const commands: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  [
    "scan",
    {
      usage: "[--] ARGS",
      summary: "the same as no command; also for hosts named like one",
      load: () => import("./scan.ts"),
    },
  ],
  [
    "check",
    {
      usage: "ARGS",
      summary: "what would happen and who must approve; runs nothing",
      load: () => import("./check.ts"),
    },
  ],
  [
    "request",
    { usage: "ARGS", summary: "file a request, print its id; then wait and run", load: () => import("./request.ts") },
  ],
  ["requests", { usage: "", summary: "what waits, what runs, what ended", load: () => import("./requests.ts") }],
  [
    "show",
    { usage: "[ID]", summary: "one request whole: card, votes, sessions, events", load: () => import("./show.ts") },
  ],
  ["approve", { usage: "[ID]", summary: "vote yes on somebody else's request", load: () => import("./approve.ts") }],
  ["deny", { usage: "[ID]", summary: "vote no, with a reason", load: () => import("./deny.ts") }],
  [
    "delegate",
    { usage: "[LOGIN]", summary: "hand my vote to somebody while I am away", load: () => import("./delegate.ts") },
  ],
  ["cancel", { usage: "[ID]", summary: "take a request of mine back", load: () => import("./cancel.ts") }],
  ["wait", { usage: "[ID]", summary: "block until a request is decided", load: () => import("./wait.ts") }],
  ["run", { usage: "[ID]", summary: "run what was approved", load: () => import("./run.ts") }],
  [
    "again",
    { usage: "[ID]", summary: "ask for the same once more, or for what was left", load: () => import("./again.ts") },
  ],
  [
    "extend",
    { usage: "ID DURATION", summary: "more time for a scan of mine that runs", load: () => import("./extend.ts") },
  ],
  [
    "revoke",
    {
      usage: "ID",
      summary: "end an approval, and the scan under it within a second",
      load: () => import("./revoke.ts"),
    },
  ],
  [
    "standing",
    { usage: "add|list|end", summary: "approve a scope once, for many runs", load: () => import("./standing.ts") },
  ],
  ["review", { usage: "[ID]", summary: "look at a run that broke the glass", load: () => import("./review.ts") }],
  ["watch", { usage: "", summary: "live view of what waits and what runs", load: () => import("./watch.ts") }],
  ["freeze", { usage: "WHY", summary: "end every scan, let none begin; for leads", load: () => import("./freeze.ts") }],
  ["unfreeze", { usage: "", summary: "let scans start again", load: () => import("./unfreeze.ts") }],
  [
    "results",
    {
      usage: "[ID]",
      summary: "the stored result of a scan: text, XML, JSON, HTML",
      load: () => import("./results.ts"),
    },
  ],
  ["audit", { usage: "list|show|verify|...", summary: "the trail of everything", load: () => import("./audit.ts") }],
  ["diff", { usage: "ID [ID]", summary: "what changed from one result to another", load: () => import("./diff.ts") }],
  [
    "policy",
    {
      usage: "check|test|...",
      summary: "check, test, read, explain, replay, schema: for writers of policies",
      load: () => import("./policy.ts"),
    },
  ],
  ["sweep", { usage: "", summary: "end and record what a crash of mine left", load: () => import("./sweep.ts") }],
  ["serve", { usage: "", summary: "the approvals page, for phone and desk", load: () => import("./serve.ts") }],
  ["doctor", { usage: "", summary: "what is wrong here, and what to do", load: () => import("./doctor.ts") }],
  [
    "completion",
    { usage: "bash|zsh|fish", summary: "a script that completes our lines", load: () => import("./completion.ts") },
  ],
  ["help", { usage: "", summary: "this list", load: () => import("./help.ts") }],
]);

/** Names that belong to commands of later versions: never read as a host, so that a script notices. */
export const laterCommands: ReadonlySet<string> = new Set(["report", "suggest", "who", "install", "uninstall"]);
