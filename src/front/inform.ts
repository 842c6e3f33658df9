// Asks nmap about itself or its scripts: no scan, so no policy, no grant and nothing to record.
import { refusalOf } from "../broker/judge.ts";
import { informationArgv, scriptsAskedAbout, type Information } from "../core/plan/information.ts";
import { environment } from "../core/plan/render.ts";
import type { Effects } from "../effects.ts";
import type { Refusal, Told } from "../messages.ts";

/** nmap speaks for itself; what is asked about scripts only ever reaches it as names that it knows. */
export async function inform(asked: Information, fx: Effects): Promise<Told | Refusal> {
  const scripts = asked.about === "script-help";
  const facts = await fx.facts.find({ names: [], family: 4, services: false, scripts, data: undefined });
  if (!facts.ok) return refusalOf(facts.error);
  const names = scripts ? scriptsAskedAbout(asked.scripts, facts.value.scripts) : undefined;
  if (names?.ok === false) return { kind: "not-understood", problem: names.error };
  const argv = informationArgv(facts.value.nmap.path, asked.about, names?.value);
  const told = await fx.runner.tell(argv, environment());
  if (told.ok) return { kind: "told", exitCode: told.value };
  return { kind: told.error.code === "nmap-missing" ? "not-found" : "cannot-execute", problem: told.error };
}
