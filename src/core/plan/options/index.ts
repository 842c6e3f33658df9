// The registry of all of nmap's options: 101 long and 28 short ones, by section. An option is added in its section's
// file; a section is added here.
import { evasion } from "./evasion.ts";
import { hostDiscovery } from "./host-discovery.ts";
import { misc } from "./misc.ts";
import type { OptionEntry, Section } from "./option.ts";
import { osDetection } from "./os-detection.ts";
import { outputOptions } from "./output.ts";
import { portSpecification } from "./port-specification.ts";
import { scanTechniques } from "./scan-techniques.ts";
import { scriptScan } from "./script-scan.ts";
import { serviceDetection } from "./service-detection.ts";
import { targetSpecification } from "./target-specification.ts";
import { timing } from "./timing.ts";

/** In the order of nmap's own usage text. */
export const sections: Readonly<Record<Section, readonly OptionEntry[]>> = {
  "target-specification": targetSpecification,
  "host-discovery": hostDiscovery,
  "scan-techniques": scanTechniques,
  "port-specification": portSpecification,
  "service-detection": serviceDetection,
  "script-scan": scriptScan,
  "os-detection": osDetection,
  timing,
  evasion,
  output: outputOptions,
  misc,
};

/** Entries by their exact name without dashes: `max-rate` among the long ones, `p` among the short ones. */
export const longOptions: ReadonlyMap<string, OptionEntry> = named("--");
export const shortOptions: ReadonlyMap<string, OptionEntry> = named("-");

function named(dashes: "--" | "-"): ReadonlyMap<string, OptionEntry> {
  const found = new Map<string, OptionEntry>();
  for (const entries of Object.values(sections)) {
    for (const entry of entries) {
      for (const name of entry.names) {
        if (name.startsWith("--") === (dashes === "--")) found.set(name.slice(dashes.length), entry);
      }
    }
  }
  return found;
}
