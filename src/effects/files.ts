// The part of effects.ts that is about the requester's own files. Interfaces only, like all of it.
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
