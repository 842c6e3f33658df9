// The part of effects.ts that is about the requester's own files. Interfaces only, like all of it.
import type { RequestId } from "../core/approval/request.ts";
import type { Problem, Result } from "../core/result.ts";

/** Reads the requester's own input files, with the requester's rights. */
export interface InputFiles {
  /** The whole content, as it was at one moment. `path` is absolute, or `-` for standard input. */
  read(path: string): Promise<Result<Uint8Array, Problem<"input-refused">>>;
}

/** Writes the requester's own output files, with the requester's rights and never through a link. */
export interface OutputFiles {
  /**
   * Whether `write` can be expected to work: told before nmap runs, nothing is touched.
   *
   * @param others  the other files of the same line: two names of one file are refused.
   */
  check(path: string, others?: readonly string[]): Promise<Problem<"output-refused"> | undefined>;
  write(path: string, bytes: Uint8Array, how?: "replace" | "append"): Promise<Problem<"output-refused"> | undefined>;
}

/** What this account itself has asked for; where the trail is shared with others, kept apart from it. */
export interface AskedFor {
  /** Notes a request that was filed; `ownPart` is `ownPartOf` it. On disk when it resolves. */
  note(id: RequestId, ownPart: string): Promise<void>;
  /** Whether this account filed a request of this id with this part. */
  knows(id: RequestId, ownPart: string): Promise<boolean>;
}

/** Folders of this installation, absolute; they need not exist. */
export interface Places {
  /** The trail and what sessions need. */
  readonly state: string;
  /** `policies/` and `config.yaml`. */
  readonly config: string;
}
