// `jit-nmap serve`: the approvals page, until it is told to end; or a link that signs me in there; or what lets people in
// there, taken away.
import { linkFor } from "../../broker/sign-in.ts";
import { isAddress } from "../../core/configuration/addresses.ts";
import type { Configuration } from "../../core/configuration/configuration.ts";
import { err, ok, type Problem, type Result } from "../../core/result.ts";
import { time } from "../../core/time.ts";
import type { Effects } from "../../effects.ts";
import { commandLine, readCommandLine } from "../command-line.ts";
import { EXIT } from "../exit-code.ts";
import { ourLine, writeErr, writeOut } from "../output.ts";
import { tellProblem } from "../tell.ts";
import type { CommandContext, RunCommand } from "./index.ts";

interface Options {
  readonly listen?: string;
  readonly link?: true;
  readonly signOut?: string | true;
  readonly passkeys?: string | true;
  readonly removePasskey?: string;
  readonly json?: true;
}

export const run: RunCommand = async (context: CommandContext) => {
  const command = commandLine("serve", "The approvals page: look, deny, approve less, approve; for phone and desk.")
    .option("--listen <address:port>", "in place of config.yaml's listen; 127.0.0.1:8420 when neither says")
    .option("--link", "a link that signs me in at the page, once, within ten minutes; then ends")
    .option("--sign-out [login]", "ends every visit of mine, and my links; of LOGIN: for root and leads")
    .option("--passkeys [login]", "the passkeys of mine, or of LOGIN")
    .option("--remove-passkey <id>", "takes one away, and signs its owner out")
    .option("--json", "what happens as JSON lines on stdout")
    .addHelpText(
      "after",
      "\nBeyond this machine it listens only behind a TLS proxy: public-url and trusted-proxy in config.yaml.\nCtrl-C or SIGTERM ends it.",
    );
  const read = readCommandLine<Options>(command, context.args);
  if (read.kind === "done") return read.code;
  const fx = await context.effects();
  const configuration = await fx.config.load();
  if (!configuration.ok) {
    for (const problem of configuration.error) tellProblem(problem);
    return EXIT.misconfigured;
  }
  const { signOut, passkeys, removePasskey } = read.options;
  if (signOut !== undefined || passkeys !== undefined || removePasskey !== undefined) {
    const { lookAfterAccess } = await import("../page-access.ts");
    return lookAfterAccess({ signOut, passkeys, removePasskey, json: read.options.json === true }, context, fx);
  }
  const listen = listenOf(read.options.listen, configuration.value);
  if (!listen.ok) return tellProblem(listen.error);
  const settings = { ...configuration.value, listen: listen.value };
  const { doorsOf } = await import("../../web/doors.ts");
  const doors = doorsOf(settings);
  if (!doors.ok) return tellProblem(doors.error, EXIT.misconfigured);
  if (read.options.link === true) {
    const { origin, base } = doors.value.main;
    const me = fx.facts.requester().name;
    writeOut(`${origin}${base}${await linkFor({ person: me, by: me }, undefined, fx)}\n`);
    return EXIT.ok;
  }
  return serve(settings, read.options.json === true, fx);
};

async function serve(settings: Configuration, json: boolean, fx: Effects): Promise<number> {
  // Gathered: a line for every answer, each written on its own, would take longer than the answers.
  let lines = "";
  const flush = (): void => {
    if (lines !== "") writeOut(lines);
    lines = "";
  };
  const flushing = setInterval(flush, 100);
  const log = (line: { readonly level: string; readonly event: string }): void => {
    if (json) lines += `${JSON.stringify({ time: time(fx.clock.now()), ...line })}\n`;
    else if (line.level === "error") writeErr(ourLine("error", Object.values(line).slice(1).join(" ")));
  };
  // Node calls parts of Web Crypto experimental that the passkeys' library looks for: no news to anybody here.
  process.removeAllListeners("warning").on("warning", ({ name, message }) => {
    if (name !== "ExperimentalWarning") log({ level: "error", event: message });
  });
  const { startPage } = await import("../../web/server.ts");
  const page = await startPage(settings, fx, log);
  if (!page.ok) {
    clearInterval(flushing);
    return tellProblem(page.error, EXIT.unavailable);
  }
  const ended = untilTold(fx);
  const over = new AbortController();
  const { keepCarrying } = await import("../../web/carry.ts");
  const carrying = keepCarrying(over.signal, fx, log);
  if (json) log({ level: "info", event: "listening", ...{ address: page.value.address } });
  else writeErr(ourLine("note", `the page is at ${page.value.address}; Ctrl-C ends it`));
  for (const lacking of whatIsMissing(settings)) {
    if (json) log({ level: "info", event: "not-configured", ...{ what: lacking } });
    else writeErr(ourLine("note", lacking));
  }
  await ended;
  over.abort();
  await Promise.all([page.value.close(), carrying]);
  if (json) log({ level: "info", event: "ended" });
  clearInterval(flushing);
  flush();
  return EXIT.ok;
}

function untilTold(fx: Pick<Effects, "person">): Promise<void> {
  return new Promise((resolve) => {
    const off = fx.person.onSignal(() => {
      off();
      resolve();
    });
  });
}

/** What a lead would miss, and where it is set. */
function whatIsMissing({ origin, publicUrl, smtp, webhooks, metricsTokenFile }: Configuration): readonly string[] {
  return [
    ...(publicUrl === undefined ? [`this machine alone can open it: no public-url in ${origin}`] : []),
    ...(publicUrl !== undefined && metricsTokenFile === undefined
      ? [`nobody gets /metrics: no metrics (token-file) in ${origin}`]
      : []),
    ...(smtp === undefined ? [`no mail is sent: no smtp in ${origin}`] : []),
    ...(webhooks.size === 0 ? [`no service is told: no webhooks in ${origin}`] : []),
  ];
}

function listenOf(
  written: string | undefined,
  { listen }: Configuration,
): Result<Configuration["listen"], Problem<"listen-syntax">> {
  if (written === undefined) return ok(listen);
  const [, bracketed, plain, digits = ""] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(written) ?? [];
  const host = bracketed ?? plain ?? "";
  const port = Number(digits);
  if ((isAddress(host) || host === "localhost") && port <= 65535 && digits !== "") return ok({ host, port });
  return err({
    code: "listen-syntax",
    message: `${written} is no address and port`,
    hint: "such as 127.0.0.1:8420 or [::1]:8420",
  });
}
