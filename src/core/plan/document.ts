// The plan as JSON: what is stored, signed, sent between programs and hashed. Separate from ScanPlan because sets
// become words here, and because a stored plan outlives the version of this program that wrote it (`schema`).
import type {
  DiscoveryProbe,
  Feature,
  NmapIdentity,
  OtherPorts,
  Output,
  PlannedScript,
  ScanPlan,
  Technique,
  Timing,
  TypedName,
} from "./scan-plan.ts";

/** Every field means what the field of the same name in ScanPlan means; plain JSON, nothing optional left undefined. */
export interface PlanDocument {
  readonly schema: 1;
  readonly nmap: NmapIdentity;
  readonly family: 4 | 6;
  readonly privileged: boolean;
  /** Target words in nmap's canonical spelling (`10.0.0.0/8`, `10.0-255.1-254.1,5,7`): together exactly the plan's addresses. */
  readonly targets: readonly string[];
  readonly names: readonly TypedName[];
  readonly techniques: readonly Technique[];
  /** `22,80-90` per protocol, empty where none. */
  readonly ports: {
    readonly tcp: string;
    readonly udp: string;
    readonly sctp: string;
    readonly protocol: string;
  };
  readonly otherPorts: readonly OtherPorts[];
  readonly discovery: readonly DiscoveryProbe[];
  readonly features: readonly Feature[];
  readonly versionIntensity?: number;
  readonly scripts: readonly PlannedScript[];
  readonly timing: Timing;
  readonly display: ScanPlan["display"];
  readonly outputs: readonly Output[];
  readonly estimate: ScanPlan["estimate"];
}
