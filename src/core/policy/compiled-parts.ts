// The smaller parts of a compiled policy as JSON and back: people, ports, kinds of scans, windows.
import { PortSet, PROTOCOLS } from "../sets/port-set.ts";
import type { NumberRange, Protocol } from "../sets/port-set.ts";
import type { Feature, Technique } from "../plan/scan-plan.ts";
import type { During, May, ScriptList, Who } from "./policy.ts";
import type { Zone } from "./windows.ts";

export type CompiledPorts = Partial<Record<Protocol, readonly NumberRange[]>>;

export interface CompiledWho extends Pick<Who, "written"> {
  readonly everyone?: true;
  readonly logins?: readonly string[];
  readonly services?: readonly string[];
  readonly groups?: readonly string[];
}

export type CompiledMay =
  | { readonly kind: "ordinary" | "anything" }
  | {
      readonly kind: "list";
      readonly techniques: readonly Technique[];
      readonly features: readonly Feature[];
      readonly scripts: ScriptList;
    };

/** The zone is the policy's. */
export type CompiledDuring = Omit<During, "zone">;

export function compilePorts(set: PortSet): CompiledPorts {
  return Object.fromEntries(
    PROTOCOLS.filter((protocol) => set.size(protocol) > 0).map((protocol) => [protocol, set.ranges(protocol)]),
  );
}

export const loadPorts = (parts: CompiledPorts): PortSet => PortSet.of(parts);

export function compileWho(who: Who): CompiledWho {
  const list = (key: "logins" | "services" | "groups") => (who[key].size === 0 ? {} : { [key]: [...who[key]] });
  return {
    written: who.written,
    ...(who.everyone ? { everyone: true as const } : {}),
    ...list("logins"),
    ...list("services"),
    ...list("groups"),
  };
}

export function loadWho(who: CompiledWho): Who {
  return {
    everyone: who.everyone ?? false,
    logins: new Set(who.logins),
    services: new Set(who.services),
    groups: new Set(who.groups),
    written: who.written,
  };
}

export function compileMay(may: May): CompiledMay {
  return may.kind === "list" ? { ...may, techniques: [...may.techniques], features: [...may.features] } : may;
}

export function loadMay(may: CompiledMay): May {
  return may.kind === "list"
    ? { ...may, techniques: new Set(may.techniques), features: new Set(may.features) }
    : { kind: may.kind };
}

export const compileDuring = ({ windows, written }: During): CompiledDuring => ({ windows, written });

export function loadDuring(during: CompiledDuring, zone: Zone | undefined): During {
  if (zone === undefined) throw new Error("a compiled policy with windows has no time zone");
  return { ...during, zone };
}
